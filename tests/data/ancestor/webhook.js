// Express webhook handler
app.post('/webhooks/kasgate', (req, res) => {
  // 1. Verify signature
  const signature = req.headers['x-kasgate-signature'];
  if (!verifySignature(req.body, signature, WEBHOOK_SECRET)) {
    return res.status(401).send('Invalid signature');
  }

  // 2. Check idempotency
  const deliveryId = req.body.deliveryId;
  if (await isProcessed(deliveryId)) {
    return res.status(200).send('Already processed');
  }

  // 3. Process event
  switch (req.body.event) {
    case 'payment.confirmed':
      await fulfillOrder(req.body.orderId);
      break;
    case 'payment.expired':
      await cancelOrder(req.body.orderId);
      break;
  }

  // 4. Mark as processed
  await markProcessed(deliveryId);

  res.status(200).send('OK');
});
