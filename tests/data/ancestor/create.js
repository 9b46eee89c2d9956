// 1. Create session from your server
const response = await fetch('https://kasgate.example.com/api/v1/sessions', {
  method: 'POST',
  headers: {
    'Content-Type': 'application/json',
    'X-API-Key': process.env.KASGATE_API_KEY,
  },
  body: JSON.stringify({
    amount: '10.5',
    orderId: 'ORDER-123',
  }),
});

const session = await response.json();

// 2. Send session ID to client
// 3. Handle webhook for confirmation
