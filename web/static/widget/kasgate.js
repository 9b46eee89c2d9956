var KasGate=(function(e){var t=[`created`,`pending`,`confirming`,`confirmed`,`expired`,`failed`],n=class extends Error{status;isFinal;constructor(e,t,n=t===400||t===404){super(e),this.name=`ApiError`,this.status=t,this.isFinal=n}};function r(e){return t.some(t=>t===e)}function i(e){return typeof e==`object`&&!!e&&!Array.isArray(e)}function a(e,t,r){let i=e[t];if(typeof i!=`string`||!r.test(i))throw new n(`The gateway's answer has no usable ${t}`,0);return i}function o(e,t){let r=e[t];if(typeof r!=`number`||!Number.isInteger(r)||r<0)throw new n(`The gateway's answer has no usable ${t}`,0);return r}function s(e){if(!r(e.status))throw new n(`The gateway's answer has no usable status`,0);return{status:e.status,confirmations:o(e,`confirmations`),requiredConfirmations:o(e,`requiredConfirmations`),...typeof e.txId==`string`?{txId:e.txId}:{}}}var c=/^\d+$/,l=[`seen`,`accepted`,`confirmed`,`withdrawn`],u={mainnet:`kaspa:`,simnet:`kaspasim:`,devnet:`kaspadev:`};function d(e,...t){let n={};for(let r of t){let t=e[r];typeof t==`string`&&t!==``&&(n[r]=t)}return n}function ee(e){return Array.isArray(e)?e.filter(i).flatMap(e=>{let{txId:t,amountSompi:n,late:r}=e,i=l.find(t=>t===e.state);return typeof t!=`string`||i===void 0||typeof n!=`string`||!c.test(n)?[]:[{txId:t,amountSompi:n,state:i,late:r===!0}]}):[]}function f(e){let t={};for(let n of[`receivedSompi`,`remainingSompi`,`dueSompi`]){let r=e[n];typeof r==`string`&&c.test(r)&&(t[n]=r)}t.remainingSompi!==void 0&&(t.dueSompi??=t.remainingSompi),typeof e.paidState==`string`&&(t.paidState=e.paidState);for(let n of[`late`,`cancelled`,`delayed`]){let r=e[n];typeof r==`boolean`&&(t[n]=r)}return Array.isArray(e.payments)&&(t.payments=ee(e.payments)),t}function te(e){if(!i(e))return{};let{at:t,...n}=d(e,`value`,`currency`,`rate`,`at`);if(n.value===void 0||n.currency===void 0||n.rate===void 0)return{};let r={value:n.value,currency:n.currency,rate:n.rate};return{fiat:t===void 0?r:{...r,at:t}}}function p(e){let t={receivedSompi:`0`,late:!1,cancelled:!1,delayed:!1,payments:[],dueSompi:a(e,`remainingSompi`,c),...s(e),...f(e),id:a(e,`id`,/./),address:a(e,`address`,/^kaspa(test|sim|dev)?:[a-z0-9]+$/),amount:a(e,`amount`,/^\d+(\.\d{1,8})?$/),remainingSompi:a(e,`remainingSompi`,c),paidState:a(e,`paidState`,/./),expiresAt:a(e,`expiresAt`,/^\d{4}-/),...d(e,`network`,`merchantName`,`redirectUrl`,`explorerUrl`,`checkoutUrl`),...te(e.fiat)},{network:r}=t;if(r!==void 0&&!t.address.startsWith(u[r]??`kaspatest:`))throw new n(`The address is not one of the network ${r}`,0,!0);return t}function m(e,t){let n=Date.parse(String(e.serverTime));return Number.isNaN(n)?void 0:n-t}var ne=2e4;function re(e){return new Promise((t,n)=>{let r=setTimeout(()=>n(Error(`The gateway did not answer in time`)),ne);e.then(t,n).finally(()=>clearTimeout(r))})}var ie=class{#e;#t;#n;constructor(e,t,n){this.#e=new URL(e).href.replace(/\/+$/,``),this.#t=`/api/v1/sessions/${encodeURIComponent(t)}`,this.#n=n}get socketUrl(){return`${this.#e.replace(/^http/,`ws`)}/ws`}async session(){let e=Date.now(),{body:t,date:n}=await this.#r(`GET`,``),r=(e+Date.now())/2,i=m(t,r)??Date.parse(n??``)-r;return{session:p(t),clockOffset:Number.isNaN(i)?0:i}}async progress(){return s((await this.#r(`GET`,`/status`)).body)}async token(){return a((await this.#r(`POST`,`/token`)).body,`token`,/./)}#r(e,t){return re(this.#i(e,t))}async#i(e,t){let r=await fetch(this.#e+this.#t+t,{method:e,credentials:`omit`,signal:this.#n??null}),a=await r.json().catch(()=>void 0),o=i(a)?a:{};if(!r.ok){let e=o.message;throw new n(typeof e==`string`?e:`The gateway answered ${r.status}`,r.status)}return{body:o,date:r.headers.get(`date`)}}};async function ae(e,t){try{return await navigator.clipboard.writeText(e),!0}catch{return oe(e,t)}}function oe(e,t){let n=t.getRootNode().activeElement,r=document.createElement(`textarea`);r.value=e,r.readOnly=!0,r.className=`unseen`,t.append(r),r.select();try{return document.execCommand(`copy`)}catch{return!1}finally{r.remove(),n instanceof HTMLElement&&n.focus()}}function h(e,t={},...n){let r=document.createElement(e);for(let[e,n]of Object.entries(t))r.setAttribute(e,n);return r.append(...n),r}function g(e,t,n){let r=`http://www.w3.org/2000/svg`,i=document.createElementNS(r,`svg`);i.setAttribute(`viewBox`,`0 0 ${e} ${e}`),i.setAttribute(`class`,n),i.setAttribute(`aria-hidden`,`true`);let a=document.createElementNS(r,`path`);return a.setAttribute(`d`,t),i.append(a),i}function _(e,t){e.textContent!==t&&(e.textContent=t)}function v(e,...t){for(let n of t)n.hidden=!e}var se={check:`M5 12.5l4.5 4.5L19 7.5`,clock:`M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7.5V12l3 2`,alert:`M12 8v5m0 3.2v.3M12 3L2.5 20h19z`,cross:`M6.5 6.5l11 11m0-11l-11 11`,copy:`M9 9h10v11H9zM15 9V4H5v11h4`,link:`M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7l-1.3 1.3M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7l1.3-1.3`,coin:`M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM9.5 8v8m5-8l-5 4 5 4`};function y(e){return g(24,se[e],`icon ${e}`)}var ce=500,le=15e3,ue=2e4;function b(e,t){return Math.min(le,ce*2**Math.min(e,16))*(1+t)/2}function de(e,t){let n;try{n=JSON.parse(String(e))}catch{return{}}if(!i(n))return{};let a=n.type===`session`?n.id:n.sessionId;if(n.type===`error`&&(a===void 0||a===t))return{error:String(n.message)};if(a!==t)return{};let o=n.requiredConfirmations??n.required,s=f(n);return r(n.status)&&(s.status=n.status),typeof n.confirmations==`number`&&(s.confirmations=n.confirmations),typeof o==`number`&&(s.requiredConfirmations=o),typeof n.txId==`string`&&(s.txId=n.txId),{type:n.type,news:s}}function fe(e,t,n,r){let i=new WebSocket(e),a=!0,o=setInterval(()=>{if(!a)return r();a=!1,i.readyState===WebSocket.OPEN&&i.send(`{"type":"ping"}`)},ue);return i.onopen=()=>i.send(JSON.stringify(t)),i.onmessage=({data:e})=>{a=!0,n(e)},i.onclose=r,()=>{clearInterval(o),i.onopen=i.onmessage=i.onclose=null,i.close()}}var pe=class{#e;#t;#n;#r=0;#i=!1;#a=!1;#o=!1;#s=!1;constructor(e){this.#e=e,window.addEventListener(`online`,this.#p),window.addEventListener(`pageshow`,this.#p),document.addEventListener(`visibilitychange`,this.#p),this.#c()}close(){this.#s=!0,window.removeEventListener(`online`,this.#p),window.removeEventListener(`pageshow`,this.#p),document.removeEventListener(`visibilitychange`,this.#p),this.#t?.(),clearTimeout(this.#n)}async#c(){let{sessionId:e,url:t}=this.#e;try{let n=await this.#e.token(this.#o);if(this.#s)return;this.#o=!1,this.#t=fe(t,{type:`subscribe`,sessionId:e,token:n},e=>this.#l(e),()=>this.#d())}catch{this.#f()}}#l(e){let{type:t,news:n,error:r}=de(e,this.#e.sessionId);if(r!==void 0)this.#o=r===`Invalid subscription token`,this.#d();else if(n!==void 0){let e=t===`session`,r=t===`status`||e&&this.#a;e&&this.#u(),this.#e.onNews(n,r)}}#u(){this.#a=!0,this.#r=0,this.#i||(this.#i=!0,this.#e.onLink(!0))}#d(){this.#t?.(),this.#i&&(this.#i=!1,this.#e.onLink(!1)),this.#f()}#f(){if(this.#s)return;clearTimeout(this.#n);let e=b(this.#r++,Math.random());this.#n=setTimeout(()=>{this.#n=void 0,this.#c()},e)}#p=()=>{document.visibilityState!==`hidden`&&this.#n!==void 0&&(clearTimeout(this.#n),this.#n=void 0,this.#c())}},x=3e3,S=3,me=class{#e;#t=typeof AbortController>`u`?void 0:new AbortController;#n;#r;#i=0;#a;#o;#s;#c=!1;#l=0;#u=!0;#d=!1;#f=0;#p={};constructor(e){this.#e=e,this.#n=new ie(e.apiUrl,e.sessionId,this.#t?.signal),document.addEventListener(`visibilitychange`,this.#w),window.addEventListener(`online`,this.#w),window.addEventListener(`pageshow`,this.#T),window.addEventListener(`offline`,this.#E),queueMicrotask(()=>void this.#h())}close(){document.removeEventListener(`visibilitychange`,this.#w),window.removeEventListener(`online`,this.#w),window.removeEventListener(`pageshow`,this.#T),window.removeEventListener(`offline`,this.#E),this.#d=!0,this.#t?.abort(),this.#a?.close(),this.#x(),clearTimeout(this.#o)}async refresh(){clearTimeout(this.#o);try{await this.#m()}catch(e){this.#d||this.#g(e)}}async#m(){this.#p={};let e=await this.#n.session();this.#d||(this.#f=0,this.#i=e.clockOffset,this.#C(!0),this.#_({...e.session,...this.#p},!0))}async#h(){let{first:e}=this.#e;if(!this.#d){if(e===void 0)return this.refresh();this.#i=e.clockOffset,this.#_(e.session,!0)}}#g(e){if(e instanceof n&&e.isFinal){this.close(),this.#e.onFailure(e);return}this.#r===void 0&&this.#C(!1);let t=b(this.#f++,Math.random());this.#o=setTimeout(()=>void this.refresh(),t)}#_(e,t){this.#r=e,t&&(e.status===`confirmed`||e.status===`failed`)?this.close():this.#a??=this.#v(),this.#e.onSession(e,this.#i)}#v(){return this.#b(),new pe({url:this.#n.socketUrl,sessionId:this.#e.sessionId,token:async e=>(e?void 0:this.#e.token)??this.#n.token(),onNews:(e,t)=>this.#y(e,t),onLink:e=>{if(!e)return this.#b();this.#x(),this.#C(!0)}})}#y(e,t){let n=this.#r;if(n===void 0||this.#d)return;let r=[`status`,`receivedSompi`,`late`].some(t=>e[t]!==void 0&&e[t]!==n[t]);Object.assign(this.#p,e);let i=e.payments!==void 0;this.#_({...n,...e},i),(t||r)&&!i&&!this.#d&&this.refresh()}#b(){this.#c||(this.#c=!0,this.#s=setTimeout(()=>void this.#S(),x))}#x(){this.#c=!1,clearTimeout(this.#s)}async#S(){try{if(++this.#l%S===0?await this.#m():this.#y(await this.#n.progress(),!1),!this.#c)return;this.#C(!0)}catch{this.#c&&this.#C(!1)}this.#c&&(this.#s=setTimeout(()=>void this.#S(),x))}#C(e){e!==this.#u&&(this.#u=e,this.#e.onLink(e))}#w=()=>{document.visibilityState!==`hidden`&&this.#r!==void 0&&this.refresh()};#T=e=>{e.persisted&&this.#w()};#E=()=>this.#C(!1)},C=100000000n;function he(e){return e.includes(`.`)?e.replace(/\.?0+$/,``):e}function w(e){let t=BigInt(e),n=(t%C).toString().padStart(8,`0`).replace(/0+$/,``);return[t/C,n]}function T(e){let[t,n]=w(e);return n===``?t.toString():`${t}.${n}`}function E(e){let[t=`0`,n=``]=e.split(`.`);return BigInt(t)*C+BigInt(n.padEnd(8,`0`).slice(0,8))}function D(e,t){return`${e}?amount=${he(t)}`}function ge(e){let[t=``,n=``]=e.split(`:`);return[`${t}:`,...n.match(/.{1,4}/g)??[]]}function _e(e){return e.length>20?`${e.slice(0,8)}…${e.slice(-8)}`:e}function ve(e){let t=Math.max(0,Math.ceil(e/1e3)),n=e=>String(e).padStart(2,`0`),r=Math.floor(t/3600),i=Math.floor(t/60)%60,a=n(t%60);return r>0?`${r}:${n(i)}:${a}`:`${i}:${a}`}function O(e,t){let n=/^(https:\/\/[^/]+)\/addresses\/[^/]+$/.exec(e)?.[1];return n===void 0?void 0:`${n}/txs/${t}`}function k(e,t){try{let n=new URL(e);return/^https?:$/.test(n.protocol)?(n.searchParams.set(`sessionId`,t),n.href):void 0}catch{return}}function A(){let e=window.kasware;return typeof e?.sendKaspa==`function`&&typeof e.requestAccounts==`function`?e:void 0}function j(){return A()!==void 0}async function M(e,t,n){let r=A();if(r===void 0)return`walletRefused`;if(t>BigInt(2**53-1))return`tooLarge`;try{let[i=``]=await r.requestAccounts(),a=e.slice(0,e.indexOf(`:`)+1);if(!i.startsWith(a))return`walletNetwork`;let o=n?.match(/\d+$/)?.[0],s=(await r.getNetwork?.())?.match(/\d+$/)?.[0];if(o!==void 0&&s!==void 0&&o!==s)return`walletNetwork`;await r.sendKaspa(e,Number(t));return}catch{return`walletRefused`}}var N=`name loading sendExactly stillDue waiting scan timeLeft hurry minute timeUp seen seenText partial partialText feeHint confirming confirmingText confirmations secondsLeft reverted recount paid paidText surplus smallSurplus expired expiredText expiredPartial check checkedNone late lateText cancelled failed notFound notFoundText offline lastUpdate delayed openWallet payKasware walletNetwork walletRefused tooLarge copyAmount copyAddress copyLink copyId copied copyByHand qrAlt address details total received rate network paymentId payments stateSeen stateAccepted stateConfirmed stateWithdrawn explorer receipt returnTo returnShop redirecting stay testnet close`.split(` `),P={en:`Kaspa payment
Loading the payment…
Send exactly
Still due
Waiting for your payment
Scan with a Kaspa wallet, or copy amount and address.
Time left
Only {time} left to pay
One minute left to pay.
Time is up. Checking for your payment…
Payment seen
The network is processing it. Please do not pay twice.
Part of the amount has arrived
{received} KAS arrived. Please send the remaining {due} KAS before the time is up.
Sent from an exchange? It may have deducted its fee from the amount.
Payment received
The network is confirming it. You may close this page.
|one={n} of {total} confirmation|other={n} of {total} confirmations
|one=about {n} second left|other=about {n} seconds left
The network withdrew a payment. Waiting again.
The network rearranged its latest blocks. Confirmations are counted again.
Paid
Thank you. The shop has been notified.
You sent {amount} KAS more than requested. Contact the shop for a refund.
The surplus of {amount} KAS goes to the shop.
This payment has expired
Do not send KAS to its address. Ask the shop for a new payment.
{received} KAS had arrived. Contact the shop with the payment ID.
I have paid: check again
No further payment has been found.
Your payment arrived late
{received} KAS arrived after the time was up. The shop has been notified.
This payment was cancelled
The shop has closed this payment
This payment cannot be found
Check the link, or ask the shop for a new one.
Connection lost. Your payment is safe. Trying again…
Last update: {time}
The status may be delayed. Your payment is safe.
Open wallet
Pay with KasWare
Switch KasWare to the network {network} and try again.
KasWare did not send the payment.
This amount is too large for KasWare. Use the address instead.
Copy amount
Copy address
Copy link
Copy payment ID
Copied
Copy this text:
QR code of the payment link; amount and address follow as text.
Address
Details
Total
Received
Rate
Network
Payment ID
Transactions
seen
accepted
confirmed
withdrawn
View in explorer
Receipt
Return to {store}
Return to the shop
|one=Returning to the shop in {n} second|other=Returning to the shop in {n} seconds
Stay here
Test network: no real money
Close`,pt:`Pagamento Kaspa
A carregar o pagamento…
Envie exatamente
Falta pagar
À espera do seu pagamento
Leia com uma carteira Kaspa, ou copie o valor e o endereço.
Tempo restante
Só restam {time} para pagar
Resta um minuto para pagar.
O tempo acabou. A procurar o seu pagamento…
Pagamento visto
A rede está a aceitá-lo. Não pague duas vezes.
Chegou uma parte do valor
Chegaram {received} KAS. Envie os restantes {due} KAS antes do fim do tempo.
Enviou de uma corretora? Ela pode ter descontado a taxa.
Pagamento recebido
A rede está a confirmá-lo. Pode fechar esta página.
|one={n} de {total} confirmação|many={n} de {total} confirmações|other={n} de {total} confirmações
|one=cerca de {n} segundo|many=cerca de {n} segundos|other=cerca de {n} segundos
A rede retirou um pagamento. De novo à espera.
A rede reordenou os últimos blocos e conta de novo.
Pago
Obrigado. A loja foi informada.
Enviou {amount} KAS a mais. Contacte a loja para os reaver.
{amount} KAS a mais ficam para a loja.
Este pagamento expirou
Não envie mais nada para o endereço. Peça à loja um novo pagamento.
Tinham chegado {received} KAS. Contacte a loja com o ID do pagamento.
Já paguei: verificar
Não foi encontrado outro pagamento.
O seu pagamento chegou tarde
Chegaram {received} KAS depois do prazo. A loja foi informada.
Este pagamento foi cancelado
A loja fechou este pagamento
Pagamento não encontrado
Verifique a ligação, ou peça outra à loja.
Ligação perdida. O seu pagamento está seguro. A tentar de novo…
Última atualização: {time}
O estado pode estar atrasado. O seu pagamento não se perde.
Abrir carteira
Pagar com KasWare
Mude a KasWare para a rede {network} e tente de novo.
A KasWare não enviou o pagamento.
Valor demasiado grande para a KasWare. Use o endereço.
Copiar valor
Copiar endereço
Copiar ligação
Copiar ID do pagamento
Copiado
Copie à mão:
Código QR da ligação de pagamento; valor e endereço seguem em texto.
Endereço
Detalhes
Total
Recebido
Câmbio
Rede
ID do pagamento
Transações
vista
aceite
confirmada
retirada
Ver no explorador
Recibo
Voltar a {store}
Voltar à loja
|one=De volta à loja em {n} segundo|many=De volta à loja em {n} segundos|other=De volta à loja em {n} segundos
Ficar aqui
Rede de teste: não é dinheiro real
Fechar`,es:`Pago en Kaspa
Cargando el pago…
Envíe exactamente
Falta por pagar
Esperando su pago
Escanee con una cartera Kaspa, o copie el importe y la dirección.
Tiempo restante
Solo quedan {time} para pagar
Queda un minuto para pagar.
Se acabó el tiempo. Buscando su pago…
Pago visto
La red lo está aceptando. No pague dos veces.
Ha llegado una parte del importe
Han llegado {received} KAS. Envíe los {due} KAS restantes antes de que acabe el tiempo.
¿Enviado desde una plataforma de intercambio? Quizá descontó su comisión.
Pago recibido
La red lo está confirmando. Puede cerrar esta página.
|one={n} de {total} confirmación|many={n} de {total} confirmaciones|other={n} de {total} confirmaciones
|one=falta {n} segundo aprox.|many=faltan {n} segundos aprox.|other=faltan {n} segundos aprox.
La red retiró un pago. Esperando de nuevo.
La red reordenó sus últimos bloques y cuenta de nuevo.
Pagado
Gracias. La tienda ya lo sabe.
Envió {amount} KAS de más. Contacte con la tienda para recuperarlos.
{amount} KAS de más quedan para la tienda.
Este pago ha caducado
No envíe nada más a su dirección. Pida a la tienda un pago nuevo.
Habían llegado {received} KAS. Contacte con la tienda con el ID del pago.
Ya he pagado: comprobar
No se ha encontrado ningún otro pago.
Su pago llegó tarde
Llegaron {received} KAS después del plazo. La tienda ya lo sabe.
Este pago fue cancelado
La tienda ha cerrado este pago
No se encuentra este pago
Revise el enlace, o pida otro a la tienda.
Conexión perdida. Su pago está a salvo. Reintentando…
Última actualización: {time}
El estado puede llegar con retraso. Su pago no se perderá.
Abrir cartera
Pagar con KasWare
Cambie KasWare a la red {network} e inténtelo de nuevo.
KasWare no envió el pago.
Este importe es demasiado grande para KasWare. Use la dirección.
Copiar importe
Copiar dirección
Copiar enlace
Copiar ID del pago
Copiado
Copie esto a mano:
Código QR del enlace de pago; el importe y la dirección siguen en texto.
Dirección
Detalles
Total
Recibido
Cambio
Red
ID del pago
Transacciones
vista
aceptada
confirmada
retirada
Ver en el explorador
Recibo
Volver a {store}
Volver a la tienda
|one=Volviendo a la tienda en {n} segundo|many=Volviendo a la tienda en {n} segundos|other=Volviendo a la tienda en {n} segundos
Quedarse aquí
Red de pruebas: no es dinero real
Cerrar`,it:`Pagamento Kaspa
Caricamento del pagamento…
Invia esattamente
Ancora dovuto
In attesa del pagamento
Scansiona con un wallet Kaspa, oppure copia importo e indirizzo.
Tempo rimasto
Restano solo {time} per pagare
Resta un minuto per pagare.
Tempo scaduto. Ricerca del pagamento…
Pagamento visto
La rete lo sta accettando. Non pagare due volte.
È arrivata una parte dell’importo
Sono arrivati {received} KAS. Invia i restanti {due} KAS prima della scadenza.
Inviato da un exchange? Potrebbe aver trattenuto la sua commissione.
Pagamento ricevuto
La rete lo sta confermando. Puoi chiudere questa pagina.
|one={n} di {total} conferma|many={n} di {total} conferme|other={n} di {total} conferme
|one=circa {n} secondo|many=circa {n} secondi|other=circa {n} secondi
La rete ha ritirato un pagamento. Di nuovo in attesa.
La rete ha riordinato gli ultimi blocchi e riconta.
Pagato
Grazie. Il negozio è stato avvisato.
Hai inviato {amount} KAS in più. Contatta il negozio per riaverli.
{amount} KAS in più vanno al negozio.
Questo pagamento è scaduto
Non inviare più nulla al suo indirizzo. Chiedi al negozio un nuovo pagamento.
Erano arrivati {received} KAS. Contatta il negozio con l’ID del pagamento.
Ho pagato: controlla di nuovo
Nessun altro pagamento trovato.
Il pagamento è arrivato in ritardo
{received} KAS sono arrivati dopo la scadenza. Il negozio è stato avvisato.
Questo pagamento è stato annullato
Il negozio ha chiuso questo pagamento
Pagamento non trovato
Controlla il link, o chiedine uno nuovo al negozio.
Connessione persa. Il pagamento è al sicuro. Nuovo tentativo…
Ultimo aggiornamento: {time}
Lo stato può essere in ritardo. Il pagamento non andrà perso.
Apri wallet
Paga con KasWare
Imposta KasWare sulla rete {network} e riprova.
KasWare non ha inviato il pagamento.
Importo troppo grande per KasWare. Usa l’indirizzo.
Copia importo
Copia indirizzo
Copia link
Copia ID pagamento
Copiato
Copia a mano:
Codice QR del link di pagamento; importo e indirizzo seguono come testo.
Indirizzo
Dettagli
Totale
Ricevuto
Cambio
Rete
ID pagamento
Transazioni
vista
accettata
confermata
ritirata
Vedi nell’explorer
Ricevuta
Torna a {store}
Torna al negozio
|one=Ritorno al negozio tra {n} secondo|many=Ritorno al negozio tra {n} secondi|other=Ritorno al negozio tra {n} secondi
Resta qui
Rete di prova: non è denaro reale
Chiudi`,fr:`Paiement Kaspa
Chargement du paiement…
Envoyez exactement
Reste à payer
En attente de votre paiement
Scannez avec un portefeuille Kaspa, ou copiez le montant et l’adresse.
Temps restant
Plus que {time} pour payer
Il reste une minute pour payer.
Le temps est écoulé. Recherche de votre paiement…
Paiement détecté
Le réseau est en train de l’accepter. Ne payez pas deux fois.
Une partie du montant est arrivée
{received} KAS sont arrivés. Envoyez les {due} KAS restants avant la fin du délai.
Envoyé depuis une plateforme d’échange ? Elle a pu prélever ses frais.
Paiement reçu
Le réseau le confirme. Vous pouvez fermer cette page.
|one={n} confirmation sur {total}|many={n} confirmations sur {total}|other={n} confirmations sur {total}
|one=encore {n} seconde environ|many=encore {n} secondes environ|other=encore {n} secondes environ
Le réseau a retiré un paiement. Nouvelle attente.
Le réseau a réorganisé ses derniers blocs et recompte.
Payé
Merci. La boutique est informée.
Vous avez envoyé {amount} KAS de trop. Contactez la boutique pour être remboursé.
{amount} KAS de trop vont à la boutique.
Ce paiement a expiré
N’envoyez plus rien à son adresse. Demandez un nouveau paiement à la boutique.
{received} KAS étaient arrivés. Contactez la boutique avec l’identifiant du paiement.
J’ai payé : vérifier à nouveau
Aucun autre paiement n’a été trouvé.
Votre paiement est arrivé en retard
{received} KAS sont arrivés après le délai. La boutique est informée.
Ce paiement a été annulé
La boutique a clos ce paiement
Ce paiement est introuvable
Vérifiez le lien, ou demandez-en un autre à la boutique.
Connexion perdue. Votre paiement est en sécurité. Nouvel essai…
Dernière mise à jour : {time}
L’état peut être retardé. Votre paiement ne sera pas perdu.
Ouvrir le portefeuille
Payer avec KasWare
Passez KasWare sur le réseau {network} et réessayez.
KasWare n’a pas envoyé le paiement.
Ce montant est trop grand pour KasWare. Utilisez l’adresse.
Copier le montant
Copier l’adresse
Copier le lien
Copier l’identifiant
Copié
Copiez ceci à la main :
Code QR du lien de paiement ; le montant et l’adresse suivent en texte.
Adresse
Détails
Total
Reçu
Taux
Réseau
Identifiant
Transactions
vue
acceptée
confirmée
retirée
Voir dans l’explorateur
Reçu
Retour à {store}
Retour à la boutique
|one=Retour à la boutique dans {n} seconde|many=Retour à la boutique dans {n} secondes|other=Retour à la boutique dans {n} secondes
Rester ici
Réseau de test : pas d’argent réel
Fermer`,nl:`Kaspa-betaling
Betaling laden…
Stuur precies
Nog te betalen
Wachten op uw betaling
Scan met een Kaspa-wallet, of kopieer bedrag en adres.
Resterende tijd
Nog maar {time} om te betalen
Nog één minuut om te betalen.
De tijd is om. Uw betaling wordt gezocht…
Betaling gezien
Het netwerk neemt haar op. Betaal niet dubbel.
Een deel van het bedrag is binnen
{received} KAS is binnen. Stuur de resterende {due} KAS voordat de tijd om is.
Vanaf een beurs gestuurd? Die heeft misschien kosten ingehouden.
Betaling ontvangen
Het netwerk bevestigt haar. U kunt deze pagina sluiten.
|one={n} van {total} bevestiging|other={n} van {total} bevestigingen
|one=nog ongeveer {n} seconde|other=nog ongeveer {n} seconden
Het netwerk heeft een betaling ingetrokken. Opnieuw wachten.
Het netwerk heeft zijn laatste blokken herschikt en telt opnieuw.
Betaald
Bedankt. De winkel weet ervan.
U stuurde {amount} KAS te veel. Neem contact op met de winkel om het terug te krijgen.
{amount} KAS te veel gaat naar de winkel.
Deze betaling is verlopen
Stuur niets meer naar dit adres. Vraag de winkel om een nieuwe betaling.
{received} KAS was binnen. Neem met de betalings-ID contact op met de winkel.
Ik heb betaald: opnieuw kijken
Er is geen andere betaling gevonden.
Uw betaling kwam te laat
{received} KAS kwam na afloop van de tijd binnen. De winkel weet ervan.
Deze betaling is geannuleerd
De winkel heeft deze betaling gesloten
Deze betaling is niet gevonden
Controleer de link, of vraag de winkel om een nieuwe.
Verbinding weg. Uw betaling is veilig. Opnieuw proberen…
Laatst bijgewerkt: {time}
De status kan vertraagd zijn. Uw betaling gaat niet verloren.
Wallet openen
Betalen met KasWare
Zet KasWare op het netwerk {network} en probeer opnieuw.
KasWare heeft de betaling niet verstuurd.
Dit bedrag is te groot voor KasWare. Gebruik het adres.
Bedrag kopiëren
Adres kopiëren
Link kopiëren
Betalings-ID kopiëren
Gekopieerd
Kopieer dit met de hand:
QR-code van de betaallink; bedrag en adres volgen als tekst.
Adres
Details
Totaal
Ontvangen
Koers
Netwerk
Betalings-ID
Transacties
gezien
aanvaard
bevestigd
ingetrokken
Bekijk in explorer
Bewijs
Terug naar {store}
Terug naar de winkel
|one=Over {n} seconde terug naar de winkel|other=Over {n} seconden terug naar de winkel
Hier blijven
Testnetwerk: geen echt geld
Sluiten`,de:`Kaspa-Zahlung
Zahlung wird geladen…
Genau senden
Noch offen
Warten auf Ihre Zahlung
Mit einer Kaspa-Wallet scannen oder Betrag und Adresse kopieren.
Restzeit
Nur noch {time} zum Bezahlen
Noch eine Minute zum Bezahlen.
Die Zeit ist um. Ihre Zahlung wird gesucht…
Zahlung gesehen
Das Netzwerk nimmt sie gerade auf. Bitte nicht doppelt zahlen.
Ein Teil des Betrags ist da
{received} KAS sind eingegangen. Bitte senden Sie die restlichen {due} KAS, bevor die Zeit um ist.
Von einer Börse gesendet? Sie hat vielleicht ihre Gebühr abgezogen.
Zahlung eingegangen
Das Netzwerk bestätigt sie. Sie können diese Seite schließen.
|one={n} von {total} Bestätigung|other={n} von {total} Bestätigungen
|one=noch etwa {n} Sekunde|other=noch etwa {n} Sekunden
Das Netzwerk hat eine Zahlung zurückgenommen. Es wird wieder gewartet.
Das Netzwerk hat seine letzten Blöcke neu geordnet und zählt erneut.
Bezahlt
Vielen Dank. Der Shop weiß Bescheid.
Sie haben {amount} KAS zu viel gesendet. Wenden Sie sich für die Rückgabe an den Shop.
{amount} KAS Überschuss gehen an den Shop.
Diese Zahlung ist abgelaufen
Senden Sie nichts mehr an ihre Adresse. Bitten Sie den Shop um eine neue Zahlung.
{received} KAS waren eingegangen. Wenden Sie sich mit der Zahlungs-ID an den Shop.
Ich habe bezahlt: erneut prüfen
Es wurde keine weitere Zahlung gefunden.
Ihre Zahlung kam zu spät
{received} KAS kamen nach Ablauf der Zeit an. Der Shop weiß Bescheid.
Diese Zahlung wurde abgebrochen
Der Shop hat diese Zahlung geschlossen
Diese Zahlung wurde nicht gefunden
Prüfen Sie den Link oder bitten Sie den Shop um einen neuen.
Verbindung unterbrochen. Ihre Zahlung ist sicher. Neuer Versuch…
Letzter Stand: {time}
Der Stand kann verzögert sein. Ihre Zahlung geht nicht verloren.
Wallet öffnen
Mit KasWare bezahlen
Stellen Sie KasWare auf das Netzwerk {network} um und versuchen Sie es erneut.
KasWare hat die Zahlung nicht gesendet.
Dieser Betrag ist zu groß für KasWare. Nutzen Sie die Adresse.
Betrag kopieren
Adresse kopieren
Link kopieren
Zahlungs-ID kopieren
Kopiert
Bitte von Hand kopieren:
QR-Code des Zahlungslinks; Betrag und Adresse folgen als Text.
Adresse
Einzelheiten
Gesamt
Eingegangen
Kurs
Netzwerk
Zahlungs-ID
Transaktionen
gesehen
angenommen
bestätigt
zurückgenommen
Im Explorer ansehen
Beleg
Zurück zu {store}
Zurück zum Shop
|one=In {n} Sekunde zurück zum Shop|other=In {n} Sekunden zurück zum Shop
Hier bleiben
Testnetz: kein echtes Geld
Schließen`,pl:`Płatność Kaspa
Wczytywanie płatności…
Wyślij dokładnie
Pozostało do zapłaty
Oczekiwanie na płatność
Zeskanuj portfelem Kaspa lub skopiuj kwotę i adres.
Pozostały czas
Zostało tylko {time} na zapłatę
Została minuta na zapłatę.
Czas minął. Szukamy płatności…
Płatność zauważona
Sieć ją przyjmuje. Nie płać drugi raz.
Wpłynęła część kwoty
Wpłynęło {received} KAS. Wyślij pozostałe {due} KAS przed upływem czasu.
Wysłane z giełdy? Mogła potrącić opłatę.
Płatność otrzymana
Sieć ją potwierdza. Możesz zamknąć tę stronę.
|one={n} z {total} potwierdzenia|few={n} z {total} potwierdzeń|many={n} z {total} potwierdzeń|other={n} z {total} potwierdzenia
|one=jeszcze około {n} sekundy|few=jeszcze około {n} sekund|many=jeszcze około {n} sekund|other=jeszcze około {n} sekundy
Sieć wycofała płatność. Ponowne oczekiwanie.
Sieć przestawiła ostatnie bloki i liczy od nowa.
Zapłacono
Dziękujemy. Sklep już wie.
Wysłano o {amount} KAS za dużo. Skontaktuj się ze sklepem w sprawie zwrotu.
{amount} KAS za dużo trafia do sklepu.
Ta płatność wygasła
Nie wysyłaj już nic na jej adres. Poproś sklep o nową płatność.
Wpłynęło wcześniej {received} KAS. Skontaktuj się ze sklepem, podając ID płatności.
Zapłaciłem: sprawdź ponownie
Nie znaleziono innej płatności.
Płatność dotarła za późno
{received} KAS dotarło po czasie. Sklep już wie.
Ta płatność została anulowana
Sklep zamknął tę płatność
Nie znaleziono tej płatności
Sprawdź link lub poproś sklep o nowy.
Utracono połączenie. Płatność jest bezpieczna. Ponawianie…
Ostatnia aktualizacja: {time}
Stan może być opóźniony. Płatność nie zginie.
Otwórz portfel
Zapłać przez KasWare
Przełącz KasWare na sieć {network} i spróbuj ponownie.
KasWare nie wysłał płatności.
Kwota jest za duża dla KasWare. Użyj adresu.
Kopiuj kwotę
Kopiuj adres
Kopiuj link
Kopiuj ID płatności
Skopiowano
Skopiuj ręcznie:
Kod QR linku płatności; kwota i adres są niżej jako tekst.
Adres
Szczegóły
Razem
Otrzymano
Kurs
Sieć
ID płatności
Transakcje
zauważona
przyjęta
potwierdzona
wycofana
Zobacz w eksploratorze
Potwierdzenie
Wróć do {store}
Wróć do sklepu
|one=Powrót do sklepu za {n} sekundę|few=Powrót do sklepu za {n} sekundy|many=Powrót do sklepu za {n} sekund|other=Powrót do sklepu za {n} sekundy
Zostań tutaj
Sieć testowa: to nie są prawdziwe pieniądze
Zamknij`,tr:`Kaspa ödemesi
Ödeme yükleniyor…
Tam olarak gönderin
Kalan tutar
Ödemeniz bekleniyor
Bir Kaspa cüzdanıyla tarayın ya da tutarı ve adresi kopyalayın.
Kalan süre
Ödemek için yalnızca {time} kaldı
Ödemek için bir dakika kaldı.
Süre doldu. Ödemeniz aranıyor…
Ödeme görüldü
Ağ ödemeyi kabul ediyor. Lütfen iki kez ödemeyin.
Tutarın bir kısmı ulaştı
{received} KAS ulaştı. Lütfen süre dolmadan kalan {due} KAS tutarını gönderin.
Borsadan mı gönderdiniz? Ücretini kesmiş olabilir.
Ödeme alındı
Ağ onaylıyor. Bu sayfayı kapatabilirsiniz.
|one={n}/{total} onay|other={n}/{total} onay
|one=yaklaşık {n} saniye kaldı|other=yaklaşık {n} saniye kaldı
Ağ bir ödemeyi geri aldı. Yeniden bekleniyor.
Ağ son blokları yeniden düzenledi ve yeniden sayıyor.
Ödendi
Teşekkürler. Mağazaya bildirildi.
{amount} KAS fazla gönderdiniz. Geri almak için mağazaya başvurun.
{amount} KAS fazlası mağazaya kalır.
Bu ödemenin süresi doldu
Artık adresine göndermeyin. Mağazadan yeni bir ödeme isteyin.
{received} KAS ulaşmıştı. Ödeme kimliğiyle mağazaya başvurun.
Ödedim: yeniden denetle
Başka ödeme bulunamadı.
Ödemeniz geç ulaştı
{received} KAS süre dolduktan sonra ulaştı. Mağazaya bildirildi.
Bu ödeme iptal edildi
Mağaza bu ödemeyi kapattı
Bu ödeme bulunamadı
Bağlantıyı denetleyin ya da mağazadan yenisini isteyin.
Bağlantı koptu. Ödemeniz güvende. Yeniden deneniyor…
Son güncelleme: {time}
Durum gecikmeli olabilir. Ödemeniz kaybolmaz.
Cüzdanı aç
KasWare ile öde
KasWare’i {network} ağına geçirip yeniden deneyin.
KasWare ödemeyi göndermedi.
Bu tutar KasWare için çok büyük. Adresi kullanın.
Tutarı kopyala
Adresi kopyala
Bağlantıyı kopyala
Ödeme kimliğini kopyala
Kopyalandı
Elle kopyalayın:
Ödeme bağlantısının QR kodu; tutar ve adres metin olarak aşağıda.
Adres
Ayrıntılar
Toplam
Alınan
Kur
Ağ
Ödeme kimliği
İşlemler
görüldü
kabul edildi
onaylandı
geri alındı
Gezginde görüntüle
Makbuz
{store} sayfasına dön
Mağazaya dön
|one={n} saniye içinde mağazaya dönülüyor|other={n} saniye içinde mağazaya dönülüyor
Burada kal
Test ağı: gerçek para değil
Kapat`,ru:`Платёж Kaspa
Загрузка платежа…
Отправьте ровно
Осталось оплатить
Ожидаем ваш платёж
Отсканируйте кошельком Kaspa или скопируйте сумму и адрес.
Осталось времени
На оплату осталось {time}
На оплату осталась минута.
Время вышло. Ищем ваш платёж…
Платёж замечен
Сеть принимает его. Не платите дважды.
Поступила часть суммы
Поступило {received} KAS. Отправьте оставшиеся {due} KAS, пока не вышло время.
Отправили с биржи? Она могла удержать комиссию.
Платёж получен
Сеть подтверждает его. Страницу можно закрыть.
|one={n} из {total} подтверждения|few={n} из {total} подтверждений|many={n} из {total} подтверждений|other={n} из {total} подтверждения
|one=ещё около {n} секунды|few=ещё около {n} секунд|many=ещё около {n} секунд|other=ещё около {n} секунды
Сеть отозвала платёж. Ждём снова.
Сеть перестроила последние блоки и считает заново.
Оплачено
Спасибо. Магазин уже знает.
Вы отправили на {amount} KAS больше. Чтобы вернуть их, свяжитесь с магазином.
{amount} KAS сверх цены остаются магазину.
Срок платежа истёк
Больше ничего не отправляйте на его адрес. Попросите у магазина новый платёж.
Ранее поступило {received} KAS. Свяжитесь с магазином и назовите ID платежа.
Я оплатил: проверить
Других платежей не найдено.
Платёж пришёл поздно
{received} KAS пришли после срока. Магазин уже знает.
Этот платёж отменён
Магазин закрыл этот платёж
Платёж не найден
Проверьте ссылку или попросите у магазина новую.
Связь потеряна. Ваш платёж в безопасности. Пробуем снова…
Обновлено: {time}
Данные могут запаздывать. Ваш платёж не пропадёт.
Открыть кошелёк
Оплатить через KasWare
Переключите KasWare на сеть {network} и попробуйте снова.
KasWare не отправил платёж.
Сумма слишком велика для KasWare. Используйте адрес.
Копировать сумму
Копировать адрес
Копировать ссылку
Копировать ID платежа
Скопировано
Скопируйте вручную:
QR-код ссылки на оплату; сумма и адрес даны текстом ниже.
Адрес
Подробности
Итого
Получено
Курс
Сеть
ID платежа
Транзакции
замечена
принята
подтверждена
отозвана
Открыть в обозревателе
Квитанция
Вернуться в {store}
Вернуться в магазин
|one=Возврат в магазин через {n} секунду|few=Возврат в магазин через {n} секунды|many=Возврат в магазин через {n} секунд|other=Возврат в магазин через {n} секунды
Остаться здесь
Тестовая сеть: деньги ненастоящие
Закрыть`,ar:`دفعة كاسبا
جارٍ تحميل الدفعة…
أرسل بالضبط
المتبقي
في انتظار دفعتك
امسح بمحفظة كاسبا، أو انسخ المبلغ والعنوان.
الوقت المتبقي
بقي {time} فقط للدفع
بقيت دقيقة واحدة للدفع.
انتهى الوقت. نبحث عن دفعتك…
رُصدت الدفعة
الشبكة تقبلها الآن. لا تدفع مرتين.
وصل جزء من المبلغ
وصل {received} KAS. أرسل المتبقي {due} KAS قبل انتهاء الوقت.
أرسلت من منصة تداول؟ ربما خصمت رسومها.
استُلمت الدفعة
الشبكة تؤكدها. يمكنك إغلاق هذه الصفحة.
|zero={n} من {total} تأكيد|one={n} من {total} تأكيد|two={n} من {total} تأكيد|few={n} من {total} تأكيدات|many={n} من {total} تأكيدًا|other={n} من {total} تأكيد
|zero=لم يبق وقت تقريبًا|one=بقيت ثانية تقريبًا|two=بقيت ثانيتان تقريبًا|few=بقيت {n} ثوانٍ تقريبًا|many=بقيت {n} ثانية تقريبًا|other=بقيت {n} ثانية تقريبًا
سحبت الشبكة دفعة. ننتظر من جديد.
أعادت الشبكة ترتيب آخر كتلها وتعدّ من جديد.
تم الدفع
شكرًا لك. أُبلغ المتجر.
أرسلت {amount} KAS زيادة. تواصل مع المتجر لاستردادها.
{amount} KAS زيادة تذهب إلى المتجر.
انتهت صلاحية هذه الدفعة
لا ترسل إلى عنوانها الآن. اطلب من المتجر دفعة جديدة.
كان قد وصل {received} KAS. تواصل مع المتجر بمعرّف الدفعة.
لقد دفعت: تحقق مجددًا
لم يُعثر على دفعة أخرى.
وصلت دفعتك متأخرة
وصل {received} KAS بعد انتهاء الوقت. أُبلغ المتجر.
أُلغيت هذه الدفعة
أغلق المتجر هذه الدفعة
لم يُعثر على هذه الدفعة
تحقق من الرابط أو اطلب غيره من المتجر.
انقطع الاتصال. دفعتك آمنة. نعيد المحاولة…
آخر تحديث: {time}
قد تتأخر الحالة. لن تضيع دفعتك.
افتح المحفظة
ادفع عبر KasWare
حوّل KasWare إلى الشبكة {network} ثم أعد المحاولة.
لم يرسل KasWare الدفعة.
المبلغ كبير جدًا على KasWare. استخدم العنوان.
نسخ المبلغ
نسخ العنوان
نسخ الرابط
نسخ معرّف الدفعة
تم النسخ
انسخ هذا يدويًا:
رمز QR لرابط الدفع؛ المبلغ والعنوان مكتوبان أدناه.
العنوان
التفاصيل
المجموع
المستلَم
السعر
الشبكة
معرّف الدفعة
المعاملات
مرصودة
مقبولة
مؤكدة
مسحوبة
عرض في المستكشف
إيصال
العودة إلى {store}
العودة إلى المتجر
|zero=العودة إلى المتجر الآن|one=العودة إلى المتجر بعد ثانية|two=العودة إلى المتجر بعد ثانيتين|few=العودة إلى المتجر بعد {n} ثوانٍ|many=العودة إلى المتجر بعد {n} ثانية|other=العودة إلى المتجر بعد {n} ثانية
البقاء هنا
شبكة اختبار: ليست نقودًا حقيقية
إغلاق`,zh:`Kaspa 付款
正在加载付款…
请准确发送
尚需支付
正在等待您的付款
用 Kaspa 钱包扫码，或复制金额和地址。
剩余时间
付款时间仅剩 {time}
付款时间还剩一分钟。
时间已到。正在查找您的付款…
已发现付款
网络正在接收。请勿重复付款。
已收到部分金额
已收到 {received} KAS。请在时间结束前发送剩余的 {due} KAS。
从交易所发送的？它可能扣除了手续费。
已收到付款
网络正在确认。您可以关闭此页面。
|other={n} / {total} 次确认
|other=大约还需 {n} 秒
网络撤回了一笔付款。重新等待中。
网络重排了最新区块，正在重新计数。
已支付
谢谢。已通知商店。
您多付了 {amount} KAS。请联系商店退回。
多出的 {amount} KAS 归商店。
此付款已过期
请不要再向该地址发送。请向商店索取新的付款。
此前已收到 {received} KAS。请凭付款编号联系商店。
我已付款：再次检查
没有发现其他付款。
您的付款来迟了
{received} KAS 在到期后到达。已通知商店。
此付款已取消
商店已关闭此付款
找不到此付款
请检查链接，或向商店索取新的链接。
连接中断。您的付款是安全的。正在重试…
最近更新：{time}
状态可能有延迟。您的付款不会丢失。
打开钱包
用 KasWare 支付
请将 KasWare 切换到 {network} 网络后重试。
KasWare 没有发送付款。
金额对 KasWare 来说过大。请使用地址。
复制金额
复制地址
复制链接
复制付款编号
已复制
请手动复制：
付款链接的二维码；金额和地址以文字显示在下方。
地址
详情
总额
已收到
汇率
网络
付款编号
交易
已发现
已接受
已确认
已撤回
在浏览器中查看
收据
返回 {store}
返回商店
|other={n} 秒后返回商店
留在这里
测试网络：不是真钱
关闭`,ja:`Kaspa での支払い
支払いを読み込んでいます…
送金額（ちょうど）
残りの金額
お支払いを待っています
Kaspa ウォレットで読み取るか、金額とアドレスをコピーしてください。
残り時間
支払いの残り時間は {time} です
支払いの残り時間は 1 分です。
時間切れです。お支払いを確認しています…
支払いを検出しました
ネットワークが受け入れています。二重に支払わないでください。
金額の一部が届きました
{received} KAS が届きました。時間内に残りの {due} KAS をお送りください。
取引所から送りましたか？手数料が差し引かれた可能性があります。
支払いを受け取りました
ネットワークが承認中です。このページは閉じてもかまいません。
|other={total} 回中 {n} 回の承認
|other=残り約 {n} 秒
ネットワークが支払いを取り消しました。再び待っています。
ネットワークが最新のブロックを並べ替え、数え直しています。
支払い完了
ありがとうございます。店舗に通知しました。
{amount} KAS 多く送金されました。返金は店舗にお問い合わせください。
{amount} KAS の超過分は店舗のものになります。
この支払いは期限切れです
このアドレスには送金しないでください。店舗に新しい支払いを依頼してください。
{received} KAS が届いていました。支払い ID を添えて店舗にご連絡ください。
支払い済み：再確認する
ほかの支払いは見つかりませんでした。
支払いの到着が遅れました
{received} KAS が期限後に届きました。店舗に通知しました。
この支払いはキャンセルされました
店舗がこの支払いを終了しました
この支払いは見つかりません
リンクを確認するか、店舗に新しいリンクを依頼してください。
接続が切れました。お支払いは安全です。再試行しています…
最終更新：{time}
状況の表示が遅れることがあります。お支払いは失われません。
ウォレットを開く
KasWare で支払う
KasWare を {network} ネットワークに切り替えて、もう一度お試しください。
KasWare は送金しませんでした。
この金額は KasWare には大きすぎます。アドレスをお使いください。
金額をコピー
アドレスをコピー
リンクをコピー
支払い ID をコピー
コピーしました
手動でコピーしてください：
支払いリンクの QR コード。金額とアドレスは下に文字で表示されます。
アドレス
詳細
合計
受取額
レート
ネットワーク
支払い ID
取引
検出
受入済み
承認済み
取消
エクスプローラーで見る
領収書
{store} に戻る
店舗に戻る
|other={n} 秒後に店舗に戻ります
ここに残る
テストネットワーク：本物のお金ではありません
閉じる`,ko:`Kaspa 결제
결제를 불러오는 중…
정확히 보내세요
남은 금액
결제를 기다리는 중
Kaspa 지갑으로 스캔하거나 금액과 주소를 복사하세요.
남은 시간
결제 시간이 {time} 남았습니다
결제 시간이 1분 남았습니다.
시간이 끝났습니다. 결제를 확인하는 중…
결제가 감지됨
네트워크가 받아들이는 중입니다. 두 번 결제하지 마세요.
금액의 일부가 도착함
{received} KAS가 도착했습니다. 시간이 끝나기 전에 남은 {due} KAS를 보내 주세요.
거래소에서 보내셨나요? 수수료가 차감되었을 수 있습니다.
결제를 받음
네트워크가 확인 중입니다. 이 페이지를 닫아도 됩니다.
|other=확인 {n}/{total}
|other=약 {n}초 남음
네트워크가 결제를 취소했습니다. 다시 기다리는 중입니다.
네트워크가 최근 블록을 재정렬하여 다시 셉니다.
결제 완료
감사합니다. 상점에 알렸습니다.
{amount} KAS를 더 보냈습니다. 돌려받으려면 상점에 문의하세요.
{amount} KAS 초과분은 상점에 귀속됩니다.
결제가 만료됨
이제 이 주소로 보내지 마세요. 상점에 새 결제를 요청하세요.
{received} KAS가 도착해 있었습니다. 결제 ID로 상점에 문의하세요.
결제했습니다: 다시 확인
다른 결제를 찾지 못했습니다.
결제가 늦게 도착함
{received} KAS가 기한 후에 도착했습니다. 상점에 알렸습니다.
취소된 결제입니다
상점이 이 결제를 닫았습니다
결제를 찾을 수 없음
링크를 확인하거나 상점에 새 링크를 요청하세요.
연결이 끊겼습니다. 결제는 안전합니다. 다시 시도하는 중…
마지막 업데이트: {time}
상태 표시가 늦을 수 있습니다. 결제는 사라지지 않습니다.
지갑 열기
KasWare로 결제
KasWare를 {network} 네트워크로 바꾸고 다시 시도하세요.
KasWare가 결제를 보내지 않았습니다.
KasWare에는 너무 큰 금액입니다. 주소를 사용하세요.
금액 복사
주소 복사
링크 복사
결제 ID 복사
복사됨
직접 복사하세요:
결제 링크의 QR 코드입니다. 금액과 주소는 아래에 글자로 있습니다.
주소
세부 정보
합계
받은 금액
환율
네트워크
결제 ID
거래
감지됨
수락됨
확인됨
취소됨
탐색기에서 보기
영수증
{store}(으)로 돌아가기
상점으로 돌아가기
|other={n}초 후 상점으로 돌아갑니다
여기 머물기
테스트 네트워크: 실제 돈이 아닙니다
닫기`},F=/^(ar|fa|he|ur)/,ye=Object.keys(P);function I(e){for(let t of e){let e=t?.toLowerCase().split(/[-_]/)[0];if(e!==void 0&&ye.includes(e))return e}return`en`}var L=class{code;direction;#e;#t;constructor(e){this.code=e,this.direction=F.test(e)?`rtl`:`ltr`,this.#e=(P[e]??``).split(`
`),this.#t=`${e}-u-nu-latn`}text(e,t={}){let n=this.#e[N.indexOf(e)]??e;if(n.startsWith(`|`)){let e=new Map(n.slice(1).split(`|`).map(e=>e.split(`=`,2))),r=new Intl.PluralRules(this.code).select(Number(t.n));n=e.get(r)??e.get(`other`)??``}return n.replace(/\{(\w+)\}/g,(e,n)=>String(t[n]??``))}kas(e){let[t,n]=w(e),r=new Intl.NumberFormat(this.#t).format(t);return n===``?r:r+(new Intl.NumberFormat(this.#t).formatToParts(.5).find(e=>e.type===`decimal`)?.value??`.`)+n}money(e,t){try{return new Intl.NumberFormat(this.#t,{style:`currency`,currency:t}).format(Number(e))}catch{return`${e} ${t}`}}time(e){return new Intl.DateTimeFormat(this.#t,{timeStyle:`medium`}).format(e)}moment(e){return new Intl.DateTimeFormat(this.#t,{dateStyle:`medium`,timeStyle:`short`}).format(e)}},R=[`waiting`,`partial`],z=[`expired`,`late`,`cancelled`,`failed`];function B(e,t){switch(e.status){case`created`:case`pending`:return e.payments.some(e=>e.state===`seen`)?`seen`:t<=0&&!e.delayed?`ending`:e.paidState===`partial`?`partial`:`waiting`;case`confirming`:return`confirming`;case`confirmed`:return e.paidState===`over`?`over`:`paid`;case`expired`:return e.late?`late`:e.cancelled?`cancelled`:`expired`;case`failed`:return`failed`}}var be=6e4;function xe(e,t){return e<=Math.max(be,t/5)}function V(e){return e.paidState===`partial`?BigInt(e.dueSompi):E(e.amount)}function Se(e){return BigInt(e.dueSompi)-BigInt(e.remainingSompi)}function H(e){return BigInt(e.receivedSompi)-E(e.amount)}var U=10000000n;function Ce(e){return H(e)<U}function we(e){return Math.max(1,Math.ceil((e.requiredConfirmations-e.confirmations)/10))}function Te(e,t){let n=t.payments.some(e=>e.state===`withdrawn`),r=t.status===`pending`||t.status===`created`;if(e===void 0)return r&&n?`reverted`:void 0;if(r&&e.status===`confirming`||r&&BigInt(t.receivedSompi)<BigInt(e.receivedSompi))return`reverted`;let i=t.confirmations<e.confirmations;return t.status===`confirming`&&e.status===`confirming`&&i?`recount`:void 0}var Ee=`:host{--ink:var(--kasgate-ink,#10202a);--quiet:var(--kasgate-muted,#50636e);--paper:var(--kasgate-background,#fff);--sunk:#f3f7f8;--line:var(--kasgate-line,#dce5e8);--edge:#73878f;--accent:var(--kasgate-accent,#0a7468);--on-accent:var(--kasgate-on-accent,#fff);--soft:#e2f4f0;--warn:#7d4600;--warn-soft:#fff3dc;--bad:#a1221d;--bad-soft:#fdeceb;--shadow:0 1px 2px #10202a0f, 0 12px 32px #10202a14;--round:var(--kasgate-radius,1rem);box-sizing:border-box;color-scheme:light;width:100%;max-width:26rem;color:var(--ink);font:400 1rem/1.45 var(--kasgate-font,Inter, ui-sans-serif, system-ui, sans-serif);text-align:start;-webkit-text-size-adjust:100%;display:block}@media (prefers-color-scheme:dark){:host(:not([theme=light])){--ink:var(--kasgate-ink,#eef5f6);--quiet:var(--kasgate-muted,#a6b7bf);--paper:var(--kasgate-background,#131e24);--sunk:#1b2930;--line:var(--kasgate-line,#32444d);--edge:#7b919b;--accent:var(--kasgate-accent,#5cd9c4);--on-accent:var(--kasgate-on-accent,#03241f);--soft:#143430;--warn:#ffd08a;--warn-soft:#35290f;--bad:#ffb4ab;--bad-soft:#3d1e1c;--shadow:0 1px 2px #00000080, 0 12px 32px #00000059;color-scheme:dark}}:host([theme=dark]){--ink:var(--kasgate-ink,#eef5f6);--quiet:var(--kasgate-muted,#a6b7bf);--paper:var(--kasgate-background,#131e24);--sunk:#1b2930;--line:var(--kasgate-line,#32444d);--edge:#7b919b;--accent:var(--kasgate-accent,#5cd9c4);--on-accent:var(--kasgate-on-accent,#03241f);--soft:#143430;--warn:#ffd08a;--warn-soft:#35290f;--bad:#ffb4ab;--bad-soft:#3d1e1c;--shadow:0 1px 2px #00000080, 0 12px 32px #00000059;color-scheme:dark}:host([hidden]),[hidden]{display:none!important}*,:before,:after{box-sizing:border-box}p,h2,h3,dl,dd{font-size:inherit;font-weight:inherit;margin:0}.unseen{clip-path:inset(50%);white-space:nowrap;width:1px;height:1px;position:absolute;overflow:hidden}.card{color:var(--ink);background:var(--paper);border:1px solid var(--line);border-radius:var(--round);box-shadow:var(--kasgate-shadow,var(--shadow));grid-template-columns:minmax(0,1fr);gap:1rem;padding:1.25rem;display:grid;position:relative}.ribbon{color:var(--warn);background:var(--warn-soft);border-radius:calc(var(--round) - 1px) calc(var(--round) - 1px) 0 0;text-align:center;margin:-1.25rem -1.25rem 0;padding:.375rem 1.25rem;font-size:.8125rem;font-weight:550}.head{flex-wrap:wrap;justify-content:space-between;align-items:center;gap:.5rem;display:flex}.head:has(.store:empty):has(.timer[hidden]){display:none}.store{overflow-wrap:anywhere;font-weight:650}.stage{flex-wrap:wrap;align-items:flex-start;gap:.25rem .75rem;display:flex}.words{flex:12rem;min-width:0}.heading{outline-offset:4px;font-size:1.125rem;font-weight:650;line-height:1.35}.sentence,.quiet,.fiat{color:var(--quiet);font-size:.9375rem}.sign{width:2.25rem;height:2.25rem;color:var(--accent);background:var(--soft);border-radius:50%;flex:none;place-items:center;display:grid}.icon{fill:none;stroke:currentColor;stroke-width:2px;stroke-linecap:round;stroke-linejoin:round;width:1.25rem;height:1.25rem}.sign.check{color:var(--on-accent);background:var(--accent)}.sign.clock,.sign.alert{color:var(--warn);background:var(--warn-soft)}.sign.cross{color:var(--bad);background:var(--bad-soft)}.sign.busy:after{content:"";border:2.5px solid;border-inline-end-color:#0000;border-radius:50%;width:1.125rem;height:1.125rem;animation:.9s linear infinite turn}@keyframes turn{to{transform:rotate(1turn)}}.timer{min-height:2rem;color:var(--quiet);background:var(--sunk);font-variant-numeric:tabular-nums;border-radius:1rem;align-items:center;gap:.375rem;padding:.25rem .75rem;font-size:.9375rem;display:inline-flex}.timer .icon{width:1rem;height:1rem}[data-scene=loading] .timer{visibility:hidden}.timer.hurried{color:var(--warn);background:var(--warn-soft);font-weight:600}.banner{color:var(--warn);background:var(--warn-soft);border-inline-start:3px solid;border-radius:.5rem;padding:.625rem .875rem;font-size:.9375rem}.amount{text-align:center}.label{color:var(--quiet);font-size:.8125rem;font-weight:550}.sum{overflow-wrap:anywhere;font-weight:700;line-height:1.2}.figure{letter-spacing:-.02em;font-variant-numeric:tabular-nums;font-size:2.25rem}.unit{color:var(--quiet);font-size:1.125rem;font-weight:600}.pay,.wallets,.progress,.after{grid-template-columns:minmax(0,1fr);gap:.75rem;display:grid}.wallets{order:1}.button{width:100%;min-height:2.75rem;color:var(--ink);border:1px solid var(--edge);border-radius:calc(var(--round) * .625);font:inherit;text-align:center;cursor:pointer;background:0 0;justify-content:center;align-items:center;gap:.5rem;margin:0;padding:.5rem .875rem;font-weight:600;text-decoration:none;display:inline-flex}.button:hover{background:var(--sunk)}.main{color:var(--on-accent);background:var(--accent);border-color:var(--accent)}.main:hover{background:color-mix(in srgb, var(--accent) 88%, var(--ink))}.small{border-color:var(--line);flex-direction:column;gap:.25rem;padding:.5rem .25rem;font-size:.8125rem;line-height:1.2}.small .icon{color:var(--accent)}.qr{aspect-ratio:1;border:1px solid var(--line);border-radius:calc(var(--round) * .75);background:#fff;justify-self:center;width:14rem;max-width:100%;padding:0;overflow:hidden}.qr:hover{background:#fff}.modules{fill:#0b1418;shape-rendering:crispedges;background:#fff;width:100%;display:block}.address{background:var(--sunk);border-radius:calc(var(--round) * .5);text-align:start;-webkit-user-select:all;user-select:all;margin-top:.25rem;padding:.625rem .75rem;font:.875rem/1.6 ui-monospace,SF Mono,Menlo,Consolas,monospace}.address span{margin-inline-end:.5em;display:inline-block}.address span:first-child{color:var(--quiet)}.address span:nth-child(2n+3){color:var(--accent)}.copies{grid-template-columns:repeat(3,minmax(0,1fr));gap:.5rem;display:grid}.bar{background:var(--sunk);border:1px solid var(--edge);border-radius:1rem;height:.625rem;overflow:hidden}.fill{background:var(--accent);width:0;height:100%;transition:width .3s;display:block}.figures{font-variant-numeric:tabular-nums;flex-wrap:wrap;justify-content:space-between;gap:0 1rem;font-size:.9375rem;display:flex}.feedback{color:var(--warn);background:var(--warn-soft);text-align:center;border-radius:.5rem;padding:.5rem .75rem;font-size:.9375rem}.done,.done .icon{color:var(--accent);border-color:var(--accent)}.by-hand{width:100%;min-height:2.75rem;color:var(--ink);background:var(--paper);border:1px solid var(--edge);border-radius:.5rem;padding:.5rem .75rem;font:.875rem ui-monospace,monospace}details{border-top:1px solid var(--line);margin-bottom:-.75rem;padding-top:.25rem;font-size:.9375rem}summary{min-height:2.75rem;color:var(--quiet);cursor:pointer;border-radius:.25rem;padding:.625rem 0;font-weight:550}dl{grid-template-columns:fit-content(40%) minmax(0,1fr);gap:.5rem 1rem;padding-bottom:.75rem;display:grid}dt{color:var(--quiet)}dd{overflow-wrap:anywhere;text-align:end;font-variant-numeric:tabular-nums}.line{display:block}.mono{font:.8125rem ui-monospace,monospace;display:inline-block}dd a{min-height:1.5rem;color:var(--accent);display:inline-block}:focus{outline:none}:focus-visible{outline:3px solid var(--accent);outline-offset:2px}.heading:focus{outline:none}.card[data-scene=loading] .amount,.card[data-scene=loading] .pay{visibility:hidden}.card[data-scene=loading] .pay{min-height:25rem}.card[data-scene=loading] .address{min-height:4.5rem}.card[data-scene=paid] .figure,.card[data-scene=over] .figure{color:var(--accent)}@media (width<=29rem),(pointer:coarse){.wallets{order:-1}}@media (width<=29rem){.card{gap:.75rem;padding:1rem}.ribbon{margin:-1rem -1rem 0}.figure{font-size:1.875rem}.qr{width:13rem}}@media (prefers-reduced-motion:reduce){.fill{transition:none}.sign.busy:after{animation-duration:6s;animation-timing-function:steps(8,end)}}@media (forced-colors:active){.fill{background:highlight}.qr,.modules{forced-color-adjust:none}}@media print{.timer,.after,.copies,.wallets,details>summary{display:none}.card{box-shadow:none}}`,De=`dialog{overscroll-behavior:contain;background:0 0;border:0;width:min(28rem,100vw);max-width:none;max-height:100dvh;margin:auto;padding:0;overflow:auto}dialog::backdrop{background:#08121899}.frame{padding:3.25rem 1rem 1rem;position:relative}.close{color:#10202a;cursor:pointer;background:#fff;border:1px solid #73878f;border-radius:50%;place-items:center;width:2.75rem;height:2.75rem;padding:0;display:grid;position:absolute;inset-block-start:.25rem;inset-inline-end:1rem}.close:focus-visible{outline-offset:2px;outline:3px solid #0a7468;box-shadow:0 0 0 2px #fff}.icon{fill:none;stroke:currentColor;stroke-width:2px;stroke-linecap:round;width:1.25rem;height:1.25rem}`;function W(){try{let{attachShadow:e,replaceChildren:t}=Element.prototype,{DateTimeFormat:n,NumberFormat:r,PluralRules:i}=Intl,{formatToParts:a}=r.prototype,o=[e,t,customElements.define,fetch,BigInt];return o.push(queueMicrotask,TextEncoder,URLSearchParams,n,i),o.concat(a).every(e=>typeof e==`function`)}catch{return!1}}function G(e,t){return`${e.replace(/\/+$/,``)}/pay/${encodeURIComponent(t)}`}function K(e,t){if(document.readyState===`loading`){document.addEventListener(`DOMContentLoaded`,()=>K(e,t));return}let n=e.getAttribute(`session-id`);if(n===null||n===``||e.firstElementChild!==null)return;let r=I([e.getAttribute(`lang`),...navigator.languages]),i=G(e.getAttribute(`api-url`)??t,n);e.append(h(`a`,{href:i},new L(r).text(`name`)))}function q(e,t,n,r){try{if(!(`adoptedStyleSheets`in e))throw TypeError();let n=new CSSStyleSheet;return n.replaceSync(t),e.adoptedStyleSheets=[n],r(!0)}catch{let i=h(`style`,{},t);if(e.append(i),i.sheet!==null)return r(!0);if(n===void 0)return r(!1);let a=h(`link`,{rel:`stylesheet`,href:n});a.onload=()=>r(!0),a.onerror=()=>r(!1),e.append(a)}}var Oe={seen:`stateSeen`,accepted:`stateAccepted`,confirmed:`stateConfirmed`,withdrawn:`stateWithdrawn`},ke=class{element;#e;#t=h(`dl`,{});#n=``;constructor(e){this.#e=e;let t=h(`summary`,{},e.text(`details`));this.element=h(`details`,{part:`details`},t,this.#t)}show(e){v(!0,this.element);let t=JSON.stringify(e,[`amount`,`receivedSompi`,`payments`,`txId`,`state`]);if(t===this.#n)return;this.#n=t;let n=e=>`${this.#e.kas(e)} KAS`;if(this.#t.replaceChildren(...this.#i(`total`,n(E(e.amount)))),e.receivedSompi!==`0`&&this.#t.append(...this.#i(`received`,n(e.receivedSompi))),e.fiat!==void 0&&this.#t.append(...this.#i(`rate`,this.#r(e))),e.network!==void 0&&this.#t.append(...this.#i(`network`,e.network)),this.#t.append(...this.#i(`paymentId`,e.id)),e.payments.length>0){let t=e.payments.map(t=>{let r=O(e.explorerUrl??``,t.txId),i={class:`mono`,title:t.txId},a=_e(t.txId),o=r===void 0?h(`span`,i,a):h(`a`,{...i,href:r,target:`_blank`,rel:`noopener noreferrer`},a),s=this.#e.text(Oe[t.state]);return h(`span`,{class:`line`},`${n(t.amountSompi)}, ${s} `,o)});this.#t.append(...this.#i(`payments`,...t))}let{explorerUrl:r=``}=e;if(O(r,``)!==void 0){let e={href:r,target:`_blank`,rel:`noopener noreferrer`};this.#t.append(h(`dt`,{}),h(`dd`,{},h(`a`,e,this.#e.text(`explorer`))))}}#r(e){let{fiat:t}=e;if(t===void 0)return``;let n=`1 KAS = ${this.#e.money(t.rate,t.currency)}`,r=Date.parse(t.at??``);return Number.isNaN(r)?n:`${n} (${this.#e.moment(r)})`}#i(e,...t){return[h(`dt`,{},this.#e.text(e)),h(`dd`,{},...t)]}},Ae=[{number:5,blocks:2,data:43,checks:24},{number:6,blocks:4,data:27,checks:16}],je=2;function Me(e){let t=new TextEncoder().encode(e),n=Ae.find(({blocks:e,data:n})=>t.length<=e*n-2);if(n===void 0)throw RangeError(`A payment link has at most 106 bytes.`);let r=17+4*n.number,i=Array.from({length:r},()=>Array(r));return Le(i,r),ze(i,r,Pe(t,n)),i.map(e=>e.map(e=>e===!0))}function Ne(e){let t=``;return e.forEach((e,n)=>{for(let r=0;r<e.length;r++){let i=r;for(;e[r]===!0;)r++;r>i&&(t+=`M${i+4} ${n+4}h${r-i}v1h-${r-i}z`)}}),t}function Pe(e,{blocks:t,data:n,checks:r}){let i=t*n,a=[64|e.length>>4],o=e.length&15;for(let t of e)a.push(o<<4|t>>4),o=t&15;a.push(o<<4);for(let e=236;a.length<i;e^=253)a.push(e);let s=Array.from({length:t},(e,t)=>a.slice(t*n,(t+1)*n)),c=Fe(r),l=s.map(e=>Ie(e,c)),u=[];for(let e=0;e<n;e++)for(let t of s)u.push(t[e]);for(let e=0;e<r;e++)for(let t of l)u.push(t[e]);return u}function J(e,t){let n=0;for(let r=e,i=t;i>0;i>>=1)i&1&&(n^=r),r=r<<1^(r&128?285:0);return n}function Fe(e){let t=[1];for(let n=0,r=1;n<e;n++,r=J(r,2)){let e=[0,...t.map(e=>J(e,r))];t=[...t,0].map((t,n)=>t^e[n])}return t.slice(1)}function Ie(e,t){let n=t.map(()=>0);for(let r of e){let e=r^n.shift();n.push(0),t.forEach((t,r)=>{n[r]=n[r]^J(t,e)})}return n}function Y(e,t,n,r){let i=e[t];i!==void 0&&n>=0&&n<i.length&&(i[n]=r)}function Le(e,t){for(let n=8;n<t-8;n++)Y(e,6,n,n%2==0),Y(e,n,6,n%2==0);X(e,3,3,4,[2,4]),X(e,3,t-4,4,[2,4]),X(e,t-4,3,4,[2,4]),X(e,t-7,t-7,2,[1]),Re(e,t)}function X(e,t,n,r,i){for(let a=-r;a<=r;a++)for(let o=-r;o<=r;o++){let r=!i.includes(Math.max(Math.abs(o),Math.abs(a)));Y(e,t+a,n+o,r)}}function Re(e,t){let n=je;for(let e=0;e<10;e++)n=n<<1^(n>>9)*1335;let r=(2048|n)^21522;for(let n=0;n<15;n++){let i=(r>>n&1)==1;Y(e,n<6?n:n<8?n+1:8,n<8?8:n===8?7:14-n,i),Y(e,n<8?8:t-15+n,n<8?t-1-n:8,i)}Y(e,t-8,8,!0)}function ze(e,t,n){let r=0;for(let i=t-1,a=!0;i>0;i-=2,a=!a){i===6&&i--;for(let o=0;o<t;o++){let s=a?t-1-o:o;for(let t of[i,i-1]){if(e[s]?.[t]!==void 0)continue;let i=(n[r>>3]??0)>>7-(r&7)&1;r++,Y(e,s,t,i===1!=(t%3==0))}}}}var Be=[[`amount`,`copyAmount`],[`address`,`copyAddress`],[`link`,`copyLink`]],Ve={waiting:`waiting`,partial:`partial`,ending:`timeUp`,seen:`seen`,confirming:`confirming`,paid:`paid`,over:`paid`,expired:`expired`,late:`late`,cancelled:`cancelled`,failed:`failed`},He={waiting:`coin`,partial:`coin`,paid:`check`,over:`check`,expired:`clock`,late:`clock`,cancelled:`cross`,failed:`cross`},Ue=class{section;#e;#t;#n=h(`p`,{class:`store`,part:`store`});#r;#i=h(`span`,{class:`sign`});#a=h(`h2`,{class:`heading`,part:`heading`,tabindex:`-1`});#o=h(`p`,{class:`sentence`});#s=h(`p`,{class:`timer`,part:`timer`,role:`timer`});#c=h(`p`,{class:`banner`,part:`banner`});#l;#u=h(`p`,{class:`banner`,part:`banner`});#d=h(`p`,{class:`label`});#f=h(`bdi`,{class:`figure`});#p=h(`p`,{class:`fiat`});#m;#h;#g=h(`p`,{class:`address`,part:`address`,dir:`ltr`});#_;#v;#y;#b;#x;#S=h(`span`,{class:`fill`,part:`progress-fill`});#C=h(`span`,{});#w=h(`span`,{class:`quiet`});#T;#E;#D;#O=new Map;#k=h(`a`,{class:`button main`,part:`button return`,target:`_top`});#A;#j;#M=h(`p`,{class:`quiet`});#N;#P=h(`p`,{class:`feedback`});#F=h(`input`,{class:`by-hand`,readonly:``,dir:`ltr`});#I;#L=h(`div`,{class:`unseen`,role:`status`});#R=h(`div`,{class:`unseen`,role:`alert`});#z=``;#B=!1;constructor(e,t){this.#e=e;let n=this.#t=e.text.bind(e);this.#r=h(`p`,{class:`ribbon`,part:`ribbon`},n(`testnet`)),this.#l=h(`p`,{class:`banner`,part:`banner`},n(`delayed`)),this.#y=h(`p`,{class:`quiet`},n(`feeHint`)),this.#m=h(`div`,{class:`amount`,part:`amount`},this.#d,h(`p`,{class:`sum`},this.#f,` `,h(`span`,{class:`unit`},`KAS`)),this.#p),this.#h=this.#H(`qr`,`qr`,()=>t.copy(`link`)),this.#h.setAttribute(`aria-label`,n(`qrAlt`)),this.#_=h(`a`,{class:`button main`,part:`button wallet`},n(`openWallet`)),this.#v=this.#H(`main`,`kasware`,t.payWithKasWare,n(`payKasware`));let r=Be.map(([e,n])=>this.#U(`small`,e,n,t));this.#b=h(`div`,{class:`pay`},h(`div`,{class:`wallets`},this.#_,this.#v),this.#h,h(`div`,{class:`where`},h(`h3`,{class:`label`},n(`address`)),this.#g),h(`div`,{class:`copies`},...r),this.#y);let i={role:`progressbar`,"aria-label":n(`confirming`),"aria-valuemin":`0`};this.#x=h(`div`,{class:`bar`,part:`progress`,...i},this.#S);let a=h(`p`,{class:`figures`},this.#C,this.#w);this.#T=h(`div`,{class:`progress`},this.#x,a),this.#E=this.#H(``,`check`,t.checkAgain,n(`check`)),this.#D=this.#U(``,`id`,`copyId`,t),this.#A=this.#H(``,`stay`,t.stay,n(`stay`));let o={class:`button`,part:`button receipt`,target:`_blank`,rel:`noopener`};this.#j=h(`a`,o,n(`receipt`)),this.#j.addEventListener(`click`,t.receipt),this.#N=h(`div`,{class:`after`},this.#k,this.#M,this.#A,this.#j,this.#E,this.#D),this.#F.setAttribute(`aria-label`,n(`copyByHand`)),this.#I=new ke(e),this.section=h(`section`,{class:`card`,part:`card`,role:`group`,"aria-label":n(`name`),dir:e.direction},this.#r,h(`div`,{class:`head`},this.#n,this.#s),h(`div`,{class:`stage`},this.#i,h(`div`,{class:`words`},this.#a,this.#o)),this.#c,this.#l,this.#u,this.#m,this.#b,this.#T,this.#N,this.#P,this.#F,this.#I.element,this.#L,this.#R),this.section.lang=e.code,this.showLoading()}showLoading(){this.#K(this.#m,this.#b),this.section.dataset.scene=`loading`,this.section.setAttribute(`aria-busy`,`true`),this.#q(this.#t(`loading`),``,void 0),_(this.#f,`0`),v(!1,this.#y,this.#v,this.#P,this.#F)}showFailure(e,t){this.#K(),this.section.dataset.scene=`error`,this.section.removeAttribute(`aria-busy`);let n=this.#t(`notFound`);this.#q(n,e?this.#t(`notFoundText`):t,`alert`),_(this.#R,n)}showSession(e,t){let{scene:n}=t,r=this.#G();this.section.dataset.scene=n,this.section.removeAttribute(`aria-busy`);let i=R.includes(n),a=n===`paid`||n===`over`,o=z.includes(n);_(this.#n,e.merchantName??``),v(!e.address.startsWith(`kaspa:`),this.#r),v(e.delayed,this.#l),this.#q(this.#t(Ve[n]),this.#J(e,n),He[n]),v(t.notice!==void 0,this.#u),_(this.#u,t.notice===void 0?``:this.#t(t.notice)),this.#Z(e,n),v(i,this.#b,this.#s),i?this.#Q(e,t):v(!1,this.#P,this.#F),v(n===`confirming`,this.#T),n===`confirming`&&this.#$(e),this.#ee(e,t.returnUrl,a,o),v(n===`expired`,this.#E),v(o||n===`over`,this.#D),v(a||o,this.#N),this.#I.show(e),r&&this.#G()===null&&this.#a.focus()}announce(e){_(z.includes(e)?this.#R:this.#L,`${this.#a.textContent}. ${this.#o.textContent}`)}showTime(e,t){let n=ve(e),r=xe(e,t);if(this.#s.classList.toggle(`hurried`,r),r)this.#s.replaceChildren(y(`clock`),this.#t(`hurry`,{time:n}));else{let e=h(`span`,{class:`unseen`},`${this.#t(`timeLeft`)} `);this.#s.replaceChildren(y(`clock`),e,n)}e>6e4?this.#B=!1:this.#B||(this.#B=!0,_(this.#L,this.#t(`minute`)))}showLink(e,t){if(v(!e,this.#c),e)return;let n=t===void 0?``:this.#e.time(t),r=n===``?``:` ${this.#t(`lastUpdate`,{time:n})}`;_(this.#c,this.#t(`offline`)+r),_(this.#L,this.#t(`offline`))}feedback(e,t){let n=this.#t(e,t);v(!0,this.#P),v(!1,this.#F),_(this.#P,n),this.#V(n)}copied(e){this.clearFeedback();let t=this.#t(`copied`),n=this.#O.get(e);n?.classList.add(`done`),n?.replaceChildren(y(`check`),h(`span`,{},t)),this.#V(t)}copyByHand(e){this.feedback(`copyByHand`),v(!0,this.#F),this.#F.value=e,this.#F.focus(),this.#F.select()}clearFeedback(){this.#F.hidden&&v(!1,this.#P);for(let[e,t]of this.#O)t.classList.contains(`done`)&&(t.classList.remove(`done`),this.#W(t,e))}#V(e){this.#L.textContent=``,this.#L.textContent=e}showReturning(e){v(e!==void 0,this.#M,this.#A),e!==void 0&&_(this.#M,this.#t(`redirecting`,{n:e}))}#H(e,t,n,...r){let i=h(`button`,{type:`button`,class:`button ${e}`,part:`button ${t}`},...r);return i.addEventListener(`click`,n),i}#U(e,t,n,r){let i=this.#H(e,`copy-${t}`,()=>r.copy(t));return this.#O.set(t,i),i.dataset.label=this.#t(n),this.#W(i,t),i}#W(e,t){let n=y(t===`link`?`link`:`copy`);e.replaceChildren(n,h(`span`,{},e.dataset.label??``))}#G(){let e=this.section.getRootNode(),t=e instanceof ShadowRoot?e.activeElement:null;return t!==null&&t.closest(`[hidden]`)===null?t:null}#K(...e){v(!1,this.#r,this.#s,this.#c,this.#l,this.#u,this.#m,this.#b,this.#T,this.#N,this.#P,this.#F,this.#I.element),v(!0,...e)}#q(e,t,n){_(this.#a,e),_(this.#o,t),v(t!==``,this.#o),this.#i.className=n===void 0?`sign busy`:`sign ${n}`,this.#i.replaceChildren(...n===void 0?[]:[y(n)])}#J(e,t){let n=this.#e.kas(e.receivedSompi),r=this.#e.kas(V(e));switch(t){case`waiting`:return this.#t(`scan`);case`partial`:return this.#t(`partialText`,{received:n,due:r})+this.#Y(e);case`ending`:return``;case`seen`:return this.#t(`seenText`);case`confirming`:return this.#t(`confirmingText`);case`paid`:return this.#t(`paidText`);case`over`:return`${this.#t(`paidText`)} ${this.#X(e)}`;case`cancelled`:case`failed`:case`expired`:{let t=e.receivedSompi===`0`?``:` ${this.#t(`expiredPartial`,{received:n})}`;return this.#t(`expiredText`)+t}case`late`:return this.#t(`lateText`,{received:n})}}#Y(e){let t=Se(e);return t>0n?` ${this.#t(`smallSurplus`,{amount:this.#e.kas(t)})}`:``}#X(e){let t=this.#e.kas(H(e));return this.#t(Ce(e)?`smallSurplus`:`surplus`,{amount:t})}#Z(e,t){let n=R.includes(t);v(!z.includes(t)&&t!==`ending`,this.#m);let r=t===`partial`?this.#t(`stillDue`):n?this.#t(`sendExactly`):``;_(this.#d,r),v(r!==``,this.#d);let i=t===`confirming`||t===`paid`||t===`over`?e.receivedSompi:V(e);_(this.#f,this.#e.kas(i));let{fiat:a}=e;v(a!==void 0&&t!==`partial`&&t!==`over`,this.#p),a!==void 0&&_(this.#p,`≈ ${this.#e.money(a.value,a.currency)}`)}#Q(e,{scene:t,hasKasWare:n}){let r=D(e.address,T(V(e)));if(v(t===`partial`,this.#y),v(n,this.#v),r===this.#z)return;this.#z=r,this.#_.setAttribute(`href`,r);let i=Me(r);this.#h.replaceChildren(g(i.length+8,Ne(i),`modules`));let a=ge(e.address).map(e=>h(`span`,{},e));this.#g.replaceChildren(...a)}#$(e){let{confirmations:t,requiredConfirmations:n}=e,r=Math.max(1,n),i=this.#t(`confirmations`,{n:t,total:r});this.#x.setAttribute(`aria-valuemax`,String(r)),this.#x.setAttribute(`aria-valuenow`,String(t)),this.#x.setAttribute(`aria-valuetext`,i),this.#S.style.width=`${100*t/r}%`,_(this.#C,i),_(this.#w,this.#t(`secondsLeft`,{n:we(e)}))}#ee(e,t,n,r){let i=e.merchantName;v(t!==void 0&&(n||r),this.#k),t!==void 0&&(this.#k.href=t),_(this.#k,i===void 0?this.#t(`returnShop`):this.#t(`returnTo`,{store:i})),v(n&&e.checkoutUrl!==void 0,this.#j),e.checkoutUrl!==void 0&&(this.#j.href=e.checkoutUrl),n||this.showReturning(void 0)}},We=class{#e=!1;#t;hold(e){e!==this.#e&&(this.#e=e,e?window.matchMedia?.(`(pointer: coarse)`).matches&&(document.addEventListener(`visibilitychange`,this.#n),this.#n()):(document.removeEventListener(`visibilitychange`,this.#n),this.#t?.then(e=>e?.release()),this.#t=void 0))}#n=()=>{document.visibilityState!==`hidden`&&`wakeLock`in navigator&&(this.#t=navigator.wakeLock.request(`screen`).catch(()=>void 0))}},Z=5,Ge=3e3,Ke=1e4,qe=5e3,Je=Ye(document.currentScript);function Ye(e){if(e instanceof HTMLScriptElement&&e.src!==``)return/^([^?#]*)\/widget\/[^/?#]*(?:[?#]|$)/.exec(e.src)?.[1]??new URL(e.src).origin}function Q(){return Je??location.origin}var $=class extends HTMLElement{static observedAttributes=[`session-id`,`api-url`,`token`,`lang`,`redirect`];#e=new We;#t;#n=h(`div`,{class:`kasgate`},h(`slot`));#r=!1;#i;#a;#o;#s;#c;#l;#u;#d=0;#f;#p=0;#m;#h=!1;#g=new Set;connectedCallback(){if(this.#r)return this.#v();if(!W())return K(this,Q());this.#t===void 0&&(this.#t=this.attachShadow({mode:`open`}),this.#t.append(this.#n),q(this.#t,Ee,`${this.#_}/widget/kasgate.css`,e=>{this.#r=e,e?this.isConnected&&this.#v():K(this,Q())}))}get#_(){return(this.getAttribute(`api-url`)??Q()).replace(/\/+$/,``)}#v(){this.#i=this.#x(),this.#S()}get#y(){return this.querySelector(`iframe`)!==null}#b(){this.querySelector(`iframe`)?.remove(),this.#n.replaceChildren(this.#i.section)}disconnectedCallback(){this.#C()}attributeChangedCallback(e,t,n){this.isConnected&&this.#r&&t!==n&&(e===`lang`?(this.#i=this.#x(),this.#y||this.#b(),this.#D()):e===`redirect`?this.#D():this.#S())}#x(){let e=new URLSearchParams(location.search).get(`lang`),t=I([this.getAttribute(`lang`),e,...navigator.languages]);return this.#n.setAttribute(`theme`,this.getAttribute(`theme`)??``),new Ue(new L(t),{copy:e=>void this.#P(e),payWithKasWare:()=>void this.#F(),checkAgain:()=>void this.#I(),stay:()=>this.#M(),receipt:e=>this.#N(e)})}#S(){this.#C(),this.#c=this.#l=this.#u=this.#m=this.#f=void 0,this.#h=!1,this.#p=0,this.#g.clear(),this.#i.showLoading(),this.#y||this.#b();let e=this.getAttribute(`session-id`);if(e!==null&&e!==``)try{this.#a=new me({apiUrl:this.#_,sessionId:e,token:this.getAttribute(`token`)??void 0,first:this.#w(e),onSession:(e,t)=>this.#T(e,t),onFailure:e=>this.#R(e),onLink:e=>this.#i.showLink(e,this.#f)}),this.#o=setInterval(()=>this.#k(),1e3)}catch(e){this.#R(e instanceof Error?e:Error(String(e)))}}#C(){this.#a?.close(),this.#a=void 0,clearInterval(this.#o),clearTimeout(this.#s),this.#e.hold(!1)}#w(e){let t=this.querySelector(`script[type="application/json"]`)?.textContent;try{let n=JSON.parse(t??``);if(!i(n)||n.id!==e)return;let[r]=performance.getEntriesByType(`navigation`),a=r===void 0?0:performance.now()-r.responseStart;return a>qe?void 0:{session:p(n),clockOffset:m(n,Date.now()-a)??0}}catch{return}}#T(e,t){let n=this.#c;this.#c=e,this.#d=t,this.#f=Date.now(),n===void 0&&(this.#h=e.status===`confirmed`);let r=Te(n,e);r===void 0?n!==void 0&&n.status!==e.status&&(this.#u=void 0):this.#u=r,this.#D(),this.#y&&this.#b(),(n?.status!==e.status||n.confirmations!==e.confirmations||n.receivedSompi!==e.receivedSompi||n.late!==e.late)&&this.#B(`status`,e),e.status===`confirmed`&&this.#z(`paid`,e),e.status===`expired`&&this.#z(`expired`,e)}#E(e){return Date.parse(e.expiresAt)-Date.now()-this.#d}#D(){let e=this.#c;if(e===void 0)return;let t=this.#E(e),n=B(e,t),{redirectUrl:r}=e,i=r===void 0?void 0:k(r,e.id),a={scene:n,notice:this.#u,hasKasWare:j(),returnUrl:i};this.#i.showSession(e,a),this.#O(t);let o=R.includes(n);this.#e.hold(o),(n===`paid`||n===`over`)&&this.#A(i),n!==this.#l&&(this.#i.announce(n),n===`ending`&&this.#a?.refresh()),this.#l=n}#O(e){this.#p=Math.max(this.#p,e),e>0&&this.#i.showTime(e,this.#p)}#k(){let e=this.#c;if(e===void 0)return;let t=this.#E(e);B(e,t)===this.#l?this.#O(t):this.#D();let n=Date.now()-(this.#f??0);if((e.delayed||this.#l===`ending`)&&n>Ke&&(this.#f=Date.now(),this.#a?.refresh()),this.#m===void 0)return;let r=Math.ceil((this.#m-Date.now())/1e3);this.#i.showReturning(Math.max(0,r)),r<=0&&this.#j()}#A(e){let t=this.getAttribute(`redirect`)===`auto`&&!this.#h;e===void 0||!t?(this.#m=void 0,this.#i.showReturning(void 0)):this.#m===void 0&&(this.#m=Date.now()+Z*1e3,this.#i.showReturning(Z))}#j(){this.#m=void 0;let e=k(this.#c?.redirectUrl??``,this.#c?.id??``);e!==void 0&&window.open(e,`_top`)}#M(){this.#h=!0,this.#D()}#N(e){let t=(this.#c?.checkoutUrl??``).replace(/[?#].*/,``);location.href.replace(/[?#].*/,``)===t&&(e.preventDefault(),window.print())}async#P(e){let t=this.#c;if(t===void 0)return;let n=T(V(t)),r={amount:n,address:t.address,link:D(t.address,n),id:t.id}[e];await ae(r,this.#n)?this.#i.copied(e):this.#i.copyByHand(r),this.#L()}async#F(){let e=this.#c;if(e===void 0)return;let t=e.network??e.address.split(`:`)[0]??``,n=await M(e.address,V(e),e.network);n!==void 0&&this.#i.feedback(n,{network:t})}async#I(){let e=this.#c;await this.#a?.refresh();let t=this.#c;t!==void 0&&t.receivedSompi===e?.receivedSompi&&(this.#i.feedback(`checkedNone`),this.#L())}#L(){clearTimeout(this.#s),this.#s=setTimeout(()=>this.#i.clearFeedback(),Ge)}#R(e){this.#C();let t=e instanceof n&&e.isFinal;this.#y||this.#i.showFailure(t,e.message),this.#V(`error`,{sessionId:this.getAttribute(`session-id`),message:e.message})}#z(e,t){this.#g.has(e)||(this.#g.add(e),this.#B(e,t))}#B(e,t){let{id:n,status:r,confirmations:i,requiredConfirmations:a,txId:o,paidState:s,late:c}=t,l={sessionId:n,status:r,confirmations:i,requiredConfirmations:a,txId:o};this.#V(e,{...l,paidState:s,late:c})}#V(e,t){let n=`kasgate:${e}`;this.dispatchEvent(new CustomEvent(n,{detail:t,bubbles:!0,composed:!0}));let r=this.getAttribute(`notify-origins`)?.split(` `)??[];if(window.parent!==window)for(let e of r)e!==``&&e!==`*`&&window.parent.postMessage({type:n,detail:t},e)}};function Xe(e,t={}){let n=document.activeElement,r=I([t.lang,...navigator.languages]),i=new L(r),a=t.apiUrl??Q(),o=h(`kasgate-widget`,{"session-id":e,"api-url":a,lang:r});for(let e of[`token`,`theme`,`redirect`]){let n=t[e];n!==void 0&&o.setAttribute(e,n)}let s=h(`button`,{type:`button`,class:`close`},y(`cross`));s.setAttribute(`aria-label`,i.text(`close`));let c=h(`dialog`,{"aria-label":i.text(`name`),lang:r},h(`div`,{class:`frame`},s,o)),l=h(`div`,{"data-kasgate":`modal`}),u=()=>location.assign(G(a,e));if(!W()||!(`showModal`in c))return u(),{widget:o,close:()=>void 0};let d=l.attachShadow({mode:`open`});return d.append(c),s.addEventListener(`click`,()=>c.close()),o.addEventListener(`kasgate:paid`,e=>{t.onPaid?.(e.detail)}),c.addEventListener(`close`,()=>{l.remove(),n instanceof HTMLElement&&n.isConnected&&n.focus(),t.onClose?.()}),document.body.append(l),q(d,De,void 0,e=>{e?c.showModal():u()}),{widget:o,close:()=>c.close()}}return typeof customElements>`u`?document.addEventListener(`DOMContentLoaded`,()=>{for(let e of document.querySelectorAll(`kasgate-widget`))K(e,Q())}):customElements.get(`kasgate-widget`)===void 0&&customElements.define(`kasgate-widget`,$),e.KasGateWidget=$,e.open=Xe,e})({});