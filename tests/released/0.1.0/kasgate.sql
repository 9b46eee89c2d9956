PRAGMA user_version = 1000;
BEGIN TRANSACTION;
CREATE TABLE account_keys (
    fingerprint TEXT PRIMARY KEY NOT NULL,
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    -- Sealed.
    xpub TEXT NOT NULL,
    next_address_index BIGINT NOT NULL CHECK (next_address_index >= 0),
    created_at BIGINT NOT NULL
);
INSERT INTO "account_keys" VALUES('a388b2dfff28a5f439e73c3d020d42d39dbe4f216099353ff525cb0c4d6428e9','mer_01M83T4CVTH06X4VGFW4AWXYGW','v1:e18a6758:ReBHH9X4WjaxLZFJ9fnAV2dZY8FLpFeLAvpFpj2NE51ztvt1pfqWA8LvMVpP+z4cKu61eWSSh3UXppOeT6S26ojJ7lDs5bdsq4L529qUBklZPHpwcZ8XC8nAK5K7qrTVRam4CNYCQ2zUmvh2lZpDizcDHdVLHWaMUV+Nms8njVLN1bzNMrij9fyXJQ==',15,1795424400250);
INSERT INTO "account_keys" VALUES('50fd5e5a676c895233411658352ed8eb86d71eaee0d796909884035f4cdfd14f','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','v1:e18a6758:xO6MrNxUhp72eMkMEJiB07Mb54jBjxAwUyqdYscRW3j3mjrZw7/fTql7oUVTv78ei/2gUUPq0VJBYf0lNW7Y8tqM+UGuUhs7lI5K3YwJ2lZJn0IcuYIUeTIDIVmf5zMzCPAHC9c1vMFVQHsGPVyXSWE9JbUGIDxXF04JR5KXkl/GVYaLaDL8rKIS0Q==',3,1795424400250);
INSERT INTO "account_keys" VALUES('6b22c771c80cf7ba43061aad508769858f3c87737a38201041441f5050bfdc9a','mer_01M83T4CVTTNQ4G3AFM2Q5QPHE','v1:e18a6758:l6RMfPzjM9+scVMpZIIy1qC+WaJIIm0SSnlMbGu+s0dWXRxmlLJBsRDUlvfutaZ99zm2cRLmrWzTn3FRQSCLuc9UxWuY1xqXX1D7wEPCHsSmOPC2anil345UC81xwtks4JV6tN5xbqOeI34g/lDdYkjDrsti6CbUflcSKrasXyAc00b3u2xVEPYiGQ==',1,1795424400250);
INSERT INTO "account_keys" VALUES('51b9cb123444c1231d84a6407415dc10dd4df15181e04a362e910a02aa80f5d5','mer_01M83T4CVTTNQ4G3AFM2Q5QPHE','v1:e18a6758:fsIhM97a79mlOE0RRryRKr+2OZngUfVFuaM4eTgwOVgJY0m9bMwoD81BWh1xueL1PbszPhRT1SiGIc1fl4h3PajBFc29ZQEZtRDLIZin0NQfDMm3G7zZXgIc9mVmYeUua9gqs8T18E1UcM+wL+Uw3mgBjobK2fNrAC5O0pct1rBizcCm5NyUyPgiOg==',1,1795531859900);
CREATE TABLE api_keys (
    id TEXT PRIMARY KEY NOT NULL,
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    name TEXT NOT NULL,
    scope TEXT NOT NULL,
    -- SHA-256 of the key.
    key_hash TEXT NOT NULL UNIQUE,
    -- Its last characters, for people; NULL where they were never kept.
    hint TEXT,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    revoked_at BIGINT
);
INSERT INTO "api_keys" VALUES('key_01M83T4CVTJ47BN7VZJA912V7R','mer_01M83T4CVTH06X4VGFW4AWXYGW','First key','manage','82cc2239932d2d1b03b3d2cc4473c7c6a18da495b3a1a2752c1ae9f53c6016fd','fleM',1795424400250,1795523402600,NULL);
INSERT INTO "api_keys" VALUES('key_01M83T4CVTTNQ4G3AFM2Q5QPHD','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','First key','manage','458b061a5d79e552aabc2e270b263e5e1e03729c2d58d67100116ddf533a69ad','t_H0',1795424400250,1795531859750,NULL);
INSERT INTO "api_keys" VALUES('key_01M83T4CVTTNQ4G3AFM2Q5QPHF','mer_01M83T4CVTTNQ4G3AFM2Q5QPHE','First key','manage','1775f50ea29ab19391dcbf17de3a1a80b0d00ad60b0f496e89a077045065ba3d','jC_U',1795424400250,NULL,1795531859900);
INSERT INTO "api_keys" VALUES('key_01M870KSXWV5B3VSZ8CEW12X32','mer_01M83T4CVTTNQ4G3AFM2Q5QPHE','First key','manage','ad9c6f2194f22f7c4c99467e2b05cfa69fd8973ebf3a2f941efa9ff69ac6f487','i9Eo',1795531859900,1795531859900,NULL);
INSERT INTO "api_keys" VALUES('key_01M870KSZEWJNGB74P98VDA046','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','To read','read','573b32543c3621b66673af437dc7cb24bf4ef02ba91a2774663350a99658173a','lh7U',1795531859950,NULL,NULL);
INSERT INTO "api_keys" VALUES('key_01M870KSZEWNTGFTBDTXY65VM9','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','To create','create','900093dae0c1a033812294094379a944bc2788ed37444c95c25b7af95a3f6109','MIoQ',1795531859950,NULL,NULL);
INSERT INTO "api_keys" VALUES('key_01M870KSZEWNTGFTBDTXY65VMB','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','To manage','manage','168505d9d2d233e002cb6df059e7019e8113da527547a3a977f1cf825b4c6dfb','U1qA',1795531859950,NULL,NULL);
INSERT INTO "api_keys" VALUES('key_01M870KSZEWNTGFTBDTXY65VMD','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','Lost','read','b776aa2fd56438bbce3b786bb03de94a94c9426b0d1ab9b7e7b47d77df6792eb','UIks',1795531859950,NULL,1795531859950);
CREATE TABLE attention_figures (
    merchant_id TEXT NOT NULL,
    attention SMALLINT NOT NULL,
    sessions BIGINT NOT NULL CHECK (sessions >= 0),
    whole_kas BIGINT NOT NULL,
    sompi_beyond BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, attention)
) WITHOUT ROWID;
INSERT INTO "attention_figures" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW',1,1,9,0);
INSERT INTO "attention_figures" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW',2,0,0,0);
INSERT INTO "attention_figures" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW',3,0,0,0);
INSERT INTO "attention_figures" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW',4,1,4,1);
INSERT INTO "attention_figures" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHC',8,0,0,0);
CREATE TABLE audit_log (
    id TEXT PRIMARY KEY NOT NULL,
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    session_id TEXT REFERENCES sessions (id),
    action TEXT NOT NULL,
    actor TEXT NOT NULL,
    note TEXT,
    -- A JSON object.
    details TEXT NOT NULL,
    created_at BIGINT NOT NULL
, place BIGINT, chain TEXT);
INSERT INTO "audit_log" VALUES('aud_01M83T4DPCXS6EVYB045HSDQ1J','mer_01M83T4CVTH06X4VGFW4AWXYGW',NULL,'merchant.changed','api_key',NULL,'{"changed":"confirmation_tiers, late_acceptance, session_lifetime, underpayment_tolerance","ip":"<local>","key":"First key"}',1795424401100,1,'9f4f4984d6dfc14b07e1f7223d5927e83d996086a8068350074324bb39a060f9');
INSERT INTO "audit_log" VALUES('aud_01M83T4E7JYNHK9G6QDY6MKCFA','mer_01M83T4CVTH06X4VGFW4AWXYGW','9436c955-c446-44c7-85c7-1a9f519df306','session.failed','api_key','The customer changed her mind.','{"status":"pending","amountSompi":"600000000","receivedSompi":"0","paidState":"none","ip":"<local>","key":"First key"}',1795424401650,2,'8cfd84a5f725d6624fa7b2724932f6f2f79ee323fef2f57b7aed42785d3e72c5');
INSERT INTO "audit_log" VALUES('aud_01M84105TG0CQD29KK2RZEECK1','mer_01M83T4CVTH06X4VGFW4AWXYGW','3c6fed45-a086-45e2-ad46-c29c52426769','session.accepted','api_key','He paid the rest in cash.','{"status":"expired","amountSompi":"3000000000","receivedSompi":"1200000000","paidState":"partial","ip":"<local>","key":"First key"}',1795431602000,3,'87a56c6795eb043f8766e30368368d6555073f49855c6789d643f1e382aa8c73');
INSERT INTO "audit_log" VALUES('aud_01M86KCX5EF6EWM5CP6ZGYR9FM','mer_01M83T4CVTH06X4VGFW4AWXYGW','61182983-2e4c-437f-a11a-862172d56cc3','session.dismissed','api_key','He was refunded.','{"status":"expired","amountSompi":"200000000","receivedSompi":"100000000","paidState":"partial","ip":"<local>","key":"First key"}',1795518002350,4,'649a14ab0d256f02918fc5ef9ec73c28e1e5a73a7f1456fe9ae92ea7d3fd4daa');
INSERT INTO "audit_log" VALUES('aud_01M870KSXW1Q027JR080P7B3V7','mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',NULL,'merchant.changed','api_key',NULL,'{"changed":"name, xpub","ip":"<local>","key":"First key"}',1795531859900,5,'0c639d1de86d129c08bfab1135e0a699f614233a69638e124748cb3e2fc52dd1');
INSERT INTO "audit_log" VALUES('aud_01M870KSXWV5B3VSZ8CEW12X31','mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',NULL,'merchant.webhook_secret_regenerated','api_key',NULL,'{"ip":"<local>","key":"First key"}',1795531859900,6,'6cf27a959f8692d3e7f34d32006f6de11ad86014632dd4d458e6d67fe3b0d755');
INSERT INTO "audit_log" VALUES('aud_01M870KSXWV5B3VSZ8CEW12X33','mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',NULL,'merchant.api_key_regenerated','api_key',NULL,'{"keyId":"key_01M870KSXWV5B3VSZ8CEW12X32","name":"First key","scope":"manage","ip":"<local>","key":"First key"}',1795531859900,7,'b6e39a0df9eb54d922cec6cff1da34b85bfdb5e7a70058855da5528c89dea2de');
INSERT INTO "audit_log" VALUES('aud_01M870KSZEWJNGB74P98VDA045','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC',NULL,'dashboard.signed_in','api_key',NULL,'{"dashboardSession":"das_01M870KSZE5JT7SJJV1B33FEC4","ip":"<local>","key":"First key"}',1795531859950,8,'cbb0d9a3fbde9852fec8e875efcc5d879bebad049255868faccab5aa08fdd6f0');
INSERT INTO "audit_log" VALUES('aud_01M870KSZEWJNGB74P98VDA047','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC',NULL,'merchant.api_key_created','api_key',NULL,'{"keyId":"key_01M870KSZEWJNGB74P98VDA046","name":"To read","scope":"read","ip":"<local>","key":"First key"}',1795531859950,9,'965ec6f44ced9a82cc412edc39bc485216e453f27fd13796fa5c7e31f44af480');
INSERT INTO "audit_log" VALUES('aud_01M870KSZEWNTGFTBDTXY65VMA','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC',NULL,'merchant.api_key_created','api_key',NULL,'{"keyId":"key_01M870KSZEWNTGFTBDTXY65VM9","name":"To create","scope":"create","ip":"<local>","key":"First key"}',1795531859950,10,'88d55a6b00ea6cd724bca34ad26a2508c38e9ec6256fc093574a47c09ce0ddea');
INSERT INTO "audit_log" VALUES('aud_01M870KSZEWNTGFTBDTXY65VMC','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC',NULL,'merchant.api_key_created','api_key',NULL,'{"keyId":"key_01M870KSZEWNTGFTBDTXY65VMB","name":"To manage","scope":"manage","ip":"<local>","key":"First key"}',1795531859950,11,'7e47f33a092d488afdb0bb27b6ad1362dab4639f5616ec499bb889e9ad5bbf8b');
INSERT INTO "audit_log" VALUES('aud_01M870KSZEWNTGFTBDTXY65VME','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC',NULL,'merchant.api_key_created','api_key',NULL,'{"keyId":"key_01M870KSZEWNTGFTBDTXY65VMD","name":"Lost","scope":"read","ip":"<local>","key":"First key"}',1795531859950,12,'c680e4ce08fb1d41117a08f1206f2b1e2b45372492b90fbffb945c21e885f6a3');
INSERT INTO "audit_log" VALUES('aud_01M870KSZEZBK5GRHXW99W8MGH','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC',NULL,'merchant.api_key_revoked','api_key',NULL,'{"keyId":"key_01M870KSZEWNTGFTBDTXY65VMD","name":"Lost","scope":"read","ip":"<local>","key":"First key"}',1795531859950,13,'0ddf7ca4337bf0503cb590836b87fa285b7ef2d292ecfd2690d60e54420dbd03');
INSERT INTO "audit_log" VALUES('aud_01M870MQ8Y03PJEQ5DNXJQRE1D','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC',NULL,'password.set_up','dashboard',NULL,'{"login":"owner@tea.example","ip":"<local>","key":"First key"}',1795531889950,14,'811e7d61c08123a061290737abdbfe53d1abe9da887bbcc082fc9c9fb23fc95f');
INSERT INTO "audit_log" VALUES('aud_01M870NMJE4S9HN8NW8YQT0BEJ','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC',NULL,'dashboard.sign_in_failed','password',NULL,'{"wrong":"code","ip":"<local>"}',1795531919950,15,'75c88d1e01ceabb14b8f908815523593798c7d1d9c86a43a032c7907dd614679');
INSERT INTO "audit_log" VALUES('aud_01M870NMJEKXTMN2S5QQ7ZKBPK','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC',NULL,'dashboard.signed_in','password',NULL,'{"dashboardSession":"das_01M870NMJE4S9HN8NW8YQT0BEK","ip":"<local>"}',1795531919950,16,'3708dcf6ea1c7f429a25fc261abe8217cfb63946e2c4fae1eeba0c5def84f433');
INSERT INTO "audit_log" VALUES('aud_01M870NMJEKXTMN2S5QQ7ZKBPM','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC',NULL,'dashboard.link_created','operator',NULL,'{}',1795531919950,17,'734d5a9fec4d87ff3e28bfc9a84b5176f5fa0551dcf5308e37e3396b3831c0d5');
CREATE TABLE chain_cursor (
    id SMALLINT PRIMARY KEY NOT NULL CHECK (id >= 0),
    block_hash TEXT NOT NULL,
    daa_score BIGINT NOT NULL,
    followed_at BIGINT NOT NULL
);
INSERT INTO "chain_cursor" VALUES(0,'e7d1c2045ca457cadc177fda7700d33149a467d309061e495945dfdf59aa449e',99998,1795424400000);
INSERT INTO "chain_cursor" VALUES(1440,'e7d1c2045ca457cadc177fda7700d33149a467d309061e495945dfdf59aa449e',99998,1795424400000);
INSERT INTO "chain_cursor" VALUES(33,'effd7d57ea5090e7122e9eaa2f7a0fc16bb75756e7bed78fcf19f485c413cab4',100189,1795523433200);
INSERT INTO "chain_cursor" VALUES(1650,'effd7d57ea5090e7122e9eaa2f7a0fc16bb75756e7bed78fcf19f485c413cab4',100189,1795523433200);
INSERT INTO "chain_cursor" VALUES(34,'74f82378ed15aaedb14287d3a6c7e23d25236635205aa9ba3963887da017b204',100212,1795523434200);
INSERT INTO "chain_cursor" VALUES(37,'c5c374aa1e3225c3b966aee85658160226869e25a4ef08546004b4c043d3f470',100214,1795523437450);
INSERT INTO "chain_cursor" VALUES(41,'514a0b45b80c0153f588a4b87a01841309fa745fe57128a103ffc6285ab48d50',100215,1795523441500);
INSERT INTO "chain_cursor" VALUES(47,'243fc35efc66a2ebbecc8683e8212484fe530db0a121ca6c3481056766d5c3a5',100216,1795523447550);
CREATE TABLE chain_gaps (
    id TEXT PRIMARY KEY NOT NULL,
    from_daa_score BIGINT NOT NULL,
    -- When the chain had last been followed before it. One gap begins there, however often the
    -- gateway tried to bridge it.
    from_at BIGINT NOT NULL UNIQUE,
    to_daa_score BIGINT NOT NULL,
    to_at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    -- When an archive had been asked for every address that could have been paid in it.
    searched_at BIGINT,
    -- When a person said that they looked.
    acknowledged_at BIGINT
);
INSERT INTO "chain_gaps" VALUES('gap_1',100010,1795524659950,100020,1795528259950,'It was pruned.',NULL,NULL);
CREATE TABLE "dashboard_sessions" (
    id TEXT PRIMARY KEY NOT NULL,
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    token_hash TEXT NOT NULL UNIQUE,
    api_key_hash TEXT,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    user_agent TEXT,
    fresh_until BIGINT
);
INSERT INTO "dashboard_sessions" VALUES('das_01M870KSZE5JT7SJJV1B33FEC4','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','a4c48a046a9ac808e21d89bb658b55a3b8c2a7336194a66b79e1df6535f4386c','458b061a5d79e552aabc2e270b263e5e1e03729c2d58d67100116ddf533a69ad',1795531859950,1795531859950,'Quart',NULL);
INSERT INTO "dashboard_sessions" VALUES('das_01M870NMJE4S9HN8NW8YQT0BEK','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','8e576c71914dd51e41e632c9ab49fd6be5025741b34adb4c8c46f2abff6be2b3',NULL,1795531919950,1795531919950,'Quart',NULL);
CREATE TABLE database_identity (
    id SMALLINT PRIMARY KEY NOT NULL CHECK (id = 1),
    name TEXT NOT NULL,
    commits BIGINT NOT NULL
);
INSERT INTO "database_identity" VALUES(1,'ce8d2f324f2cef4f68cb68f4a69333f3',7);
CREATE TABLE events (
    id TEXT PRIMARY KEY NOT NULL,
    type TEXT NOT NULL,
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    session_id TEXT NOT NULL REFERENCES sessions (id),
    session_version BIGINT NOT NULL,
    ordinal BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    payload TEXT NOT NULL, place BIGINT NOT NULL DEFAULT 0, sequence BIGINT NOT NULL DEFAULT 0,
    UNIQUE (session_id, session_version, ordinal)
);
INSERT INTO "events" VALUES('evt_01M83T4CVTWZPPFAEVABX2D38F','payment.pending','mer_01M83T4CVTH06X4VGFW4AWXYGW','fb2a1005-b3e0-4f5c-bd23-30c21f527302',0,0,1795424400250,'{"event":"payment.pending","sessionId":"fb2a1005-b3e0-4f5c-bd23-30c21f527302","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"1000000000","address":"kaspasim:qqzrk3a4acjla3zc9ngr37u4grtkr0k0mqf6qhmd9lteks00av6ass27ptvdg","confirmations":0,"orderId":"order-1","metadata":{"colour":"sky ☃"},"timestamp":"2026-11-23T09:00:00.250Z","deliveryId":"evt_01M83T4CVTWZPPFAEVABX2D38F","sequence":1,"receivedSompi":"0","paidState":"none","late":false,"payments":[]}',1,1);
INSERT INTO "events" VALUES('evt_01M83T4CXC5PN5YWR2K636XE68','payment.confirming','mer_01M83T4CVTH06X4VGFW4AWXYGW','fb2a1005-b3e0-4f5c-bd23-30c21f527302',1,0,1795424400300,'{"event":"payment.confirming","sessionId":"fb2a1005-b3e0-4f5c-bd23-30c21f527302","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"1000000000","address":"kaspasim:qqzrk3a4acjla3zc9ngr37u4grtkr0k0mqf6qhmd9lteks00av6ass27ptvdg","txId":"fc1a82883ca0849ee7688ad9e6360944a524292f093d26de5fb4ea69ae354a29","confirmations":0,"orderId":"order-1","metadata":{"colour":"sky ☃"},"timestamp":"2026-11-23T09:00:00.300Z","deliveryId":"evt_01M83T4CXC5PN5YWR2K636XE68","sequence":2,"receivedSompi":"1000000000","paidState":"exact","late":false,"payments":[{"txId":"fc1a82883ca0849ee7688ad9e6360944a524292f093d26de5fb4ea69ae354a29","index":0,"amount":"10","amountSompi":"1000000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-23T09:00:00.300Z"}]}',2,2);
INSERT INTO "events" VALUES('evt_01M83T4CYYPVSHD7BYXFQDV769','payment.confirmed','mer_01M83T4CVTH06X4VGFW4AWXYGW','fb2a1005-b3e0-4f5c-bd23-30c21f527302',2,0,1795424400350,'{"event":"payment.confirmed","sessionId":"fb2a1005-b3e0-4f5c-bd23-30c21f527302","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"1000000000","address":"kaspasim:qqzrk3a4acjla3zc9ngr37u4grtkr0k0mqf6qhmd9lteks00av6ass27ptvdg","txId":"fc1a82883ca0849ee7688ad9e6360944a524292f093d26de5fb4ea69ae354a29","confirmations":10,"orderId":"order-1","metadata":{"colour":"sky ☃"},"timestamp":"2026-11-23T09:00:00.350Z","deliveryId":"evt_01M83T4CYYPVSHD7BYXFQDV769","sequence":3,"receivedSompi":"1000000000","paidState":"exact","late":false,"payments":[{"txId":"fc1a82883ca0849ee7688ad9e6360944a524292f093d26de5fb4ea69ae354a29","index":0,"amount":"10","amountSompi":"1000000000","confirmations":10,"state":"confirmed","credited":true,"late":false,"seenAt":"2026-11-23T09:00:00.300Z"}]}',3,3);
INSERT INTO "events" VALUES('evt_01M83T4D22AK1DVPVE6SJ77XWW','payment.pending','mer_01M83T4CVTH06X4VGFW4AWXYGW','27e68811-1570-4935-aa41-7491dba0938e',0,0,1795424400450,'{"event":"payment.pending","sessionId":"27e68811-1570-4935-aa41-7491dba0938e","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"2550000000","address":"kaspasim:qrqjaalxdcvuhjqhf8nuzkhxvdj7xv7tp3zlea689p8vh8hczvdt7juz89dza","confirmations":0,"orderId":"order-2","timestamp":"2026-11-23T09:00:00.450Z","deliveryId":"evt_01M83T4D22AK1DVPVE6SJ77XWW","sequence":1,"receivedSompi":"0","paidState":"none","late":false,"payments":[]}',4,1);
INSERT INTO "events" VALUES('evt_01M83T4D3M9CYE185JCMD4B8FP','payment.partial','mer_01M83T4CVTH06X4VGFW4AWXYGW','27e68811-1570-4935-aa41-7491dba0938e',1,0,1795424400500,'{"event":"payment.partial","sessionId":"27e68811-1570-4935-aa41-7491dba0938e","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"2550000000","address":"kaspasim:qrqjaalxdcvuhjqhf8nuzkhxvdj7xv7tp3zlea689p8vh8hczvdt7juz89dza","confirmations":0,"orderId":"order-2","timestamp":"2026-11-23T09:00:00.500Z","deliveryId":"evt_01M83T4D3M9CYE185JCMD4B8FP","sequence":2,"receivedSompi":"550000000","paidState":"partial","late":false,"payments":[{"txId":"e56816a5465790996f16c587b3f0258421429661c56ce73f87de9129cb577ab4","index":0,"amount":"5.5","amountSompi":"550000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-23T09:00:00.500Z"}]}',5,2);
INSERT INTO "events" VALUES('evt_01M83T4D56M72KXR2P8MGGEEYW','payment.confirming','mer_01M83T4CVTH06X4VGFW4AWXYGW','27e68811-1570-4935-aa41-7491dba0938e',3,0,1795424400550,'{"event":"payment.confirming","sessionId":"27e68811-1570-4935-aa41-7491dba0938e","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"2550000000","address":"kaspasim:qrqjaalxdcvuhjqhf8nuzkhxvdj7xv7tp3zlea689p8vh8hczvdt7juz89dza","txId":"22b68d457bfc3b5adbbdd6fd06e71d959d05e50a2bd36042951483265818ee2b","confirmations":0,"orderId":"order-2","timestamp":"2026-11-23T09:00:00.550Z","deliveryId":"evt_01M83T4D56M72KXR2P8MGGEEYW","sequence":3,"receivedSompi":"2550000000","paidState":"exact","late":false,"payments":[{"txId":"e56816a5465790996f16c587b3f0258421429661c56ce73f87de9129cb577ab4","index":0,"amount":"5.5","amountSompi":"550000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-23T09:00:00.500Z"},{"txId":"22b68d457bfc3b5adbbdd6fd06e71d959d05e50a2bd36042951483265818ee2b","index":0,"amount":"20","amountSompi":"2000000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-23T09:00:00.550Z"}]}',6,3);
INSERT INTO "events" VALUES('evt_01M83T4D8A7C8GNY319KQC5YA2','payment.confirmed','mer_01M83T4CVTH06X4VGFW4AWXYGW','27e68811-1570-4935-aa41-7491dba0938e',6,0,1795424400650,'{"event":"payment.confirmed","sessionId":"27e68811-1570-4935-aa41-7491dba0938e","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"2550000000","address":"kaspasim:qrqjaalxdcvuhjqhf8nuzkhxvdj7xv7tp3zlea689p8vh8hczvdt7juz89dza","txId":"22b68d457bfc3b5adbbdd6fd06e71d959d05e50a2bd36042951483265818ee2b","confirmations":10,"orderId":"order-2","timestamp":"2026-11-23T09:00:00.650Z","deliveryId":"evt_01M83T4D8A7C8GNY319KQC5YA2","sequence":4,"receivedSompi":"2550000000","paidState":"exact","late":false,"payments":[{"txId":"e56816a5465790996f16c587b3f0258421429661c56ce73f87de9129cb577ab4","index":0,"amount":"5.5","amountSompi":"550000000","confirmations":10,"state":"confirmed","credited":true,"late":false,"seenAt":"2026-11-23T09:00:00.500Z"},{"txId":"22b68d457bfc3b5adbbdd6fd06e71d959d05e50a2bd36042951483265818ee2b","index":0,"amount":"20","amountSompi":"2000000000","confirmations":10,"state":"confirmed","credited":true,"late":false,"seenAt":"2026-11-23T09:00:00.550Z"}]}',7,4);
INSERT INTO "events" VALUES('evt_01M83T4D9WVCV01X0ATKJR8K8F','payment.pending','mer_01M83T4CVTH06X4VGFW4AWXYGW','76015a4f-7014-41ea-89f7-85f61516fc47',0,0,1795424400700,'{"event":"payment.pending","sessionId":"76015a4f-7014-41ea-89f7-85f61516fc47","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"300000000","address":"kaspasim:qp5rg6m5jxy90fuc5x7twygfyrfd4ttvgtfdsvdqamg2ztgwrw62qgcmewvah","confirmations":0,"orderId":"order-3","timestamp":"2026-11-23T09:00:00.700Z","deliveryId":"evt_01M83T4D9WVCV01X0ATKJR8K8F","sequence":1,"receivedSompi":"0","paidState":"none","late":false,"payments":[]}',8,1);
INSERT INTO "events" VALUES('evt_01M83T4DBECH5PHASSRNRGQJDJ','payment.confirming','mer_01M83T4CVTH06X4VGFW4AWXYGW','76015a4f-7014-41ea-89f7-85f61516fc47',1,0,1795424400750,'{"event":"payment.confirming","sessionId":"76015a4f-7014-41ea-89f7-85f61516fc47","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"300000000","address":"kaspasim:qp5rg6m5jxy90fuc5x7twygfyrfd4ttvgtfdsvdqamg2ztgwrw62qgcmewvah","txId":"0c2d6db64cdef901271cd98f43f532d318b75d61ea26436d41965319ce929cb2","confirmations":0,"orderId":"order-3","timestamp":"2026-11-23T09:00:00.750Z","deliveryId":"evt_01M83T4DBECH5PHASSRNRGQJDJ","sequence":2,"receivedSompi":"400000001","paidState":"over","late":false,"payments":[{"txId":"0c2d6db64cdef901271cd98f43f532d318b75d61ea26436d41965319ce929cb2","index":0,"amount":"4.00000001","amountSompi":"400000001","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-23T09:00:00.750Z"}]}',9,2);
INSERT INTO "events" VALUES('evt_01M83T4DBECH5PHASSRNRGQJDK','payment.overpaid','mer_01M83T4CVTH06X4VGFW4AWXYGW','76015a4f-7014-41ea-89f7-85f61516fc47',1,1,1795424400750,'{"event":"payment.overpaid","sessionId":"76015a4f-7014-41ea-89f7-85f61516fc47","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"300000000","address":"kaspasim:qp5rg6m5jxy90fuc5x7twygfyrfd4ttvgtfdsvdqamg2ztgwrw62qgcmewvah","txId":"0c2d6db64cdef901271cd98f43f532d318b75d61ea26436d41965319ce929cb2","confirmations":0,"orderId":"order-3","timestamp":"2026-11-23T09:00:00.750Z","deliveryId":"evt_01M83T4DBECH5PHASSRNRGQJDK","sequence":3,"receivedSompi":"400000001","paidState":"over","late":false,"payments":[{"txId":"0c2d6db64cdef901271cd98f43f532d318b75d61ea26436d41965319ce929cb2","index":0,"amount":"4.00000001","amountSompi":"400000001","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-23T09:00:00.750Z"}]}',10,3);
INSERT INTO "events" VALUES('evt_01M83T4DD0E4JY7RZMR02NK1XC','payment.confirmed','mer_01M83T4CVTH06X4VGFW4AWXYGW','76015a4f-7014-41ea-89f7-85f61516fc47',3,0,1795424400800,'{"event":"payment.confirmed","sessionId":"76015a4f-7014-41ea-89f7-85f61516fc47","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"300000000","address":"kaspasim:qp5rg6m5jxy90fuc5x7twygfyrfd4ttvgtfdsvdqamg2ztgwrw62qgcmewvah","txId":"0c2d6db64cdef901271cd98f43f532d318b75d61ea26436d41965319ce929cb2","confirmations":10,"orderId":"order-3","timestamp":"2026-11-23T09:00:00.800Z","deliveryId":"evt_01M83T4DD0E4JY7RZMR02NK1XC","sequence":4,"receivedSompi":"400000001","paidState":"over","late":false,"payments":[{"txId":"0c2d6db64cdef901271cd98f43f532d318b75d61ea26436d41965319ce929cb2","index":0,"amount":"4.00000001","amountSompi":"400000001","confirmations":10,"state":"confirmed","credited":true,"late":false,"seenAt":"2026-11-23T09:00:00.750Z"}]}',11,4);
INSERT INTO "events" VALUES('evt_01M83T4DG409GDY5JFEMDNHH42','payment.pending','mer_01M83T4CVTH06X4VGFW4AWXYGW','0b2ea73b-2d56-4984-a20f-a720227a3d3f',0,0,1795424400900,'{"event":"payment.pending","sessionId":"0b2ea73b-2d56-4984-a20f-a720227a3d3f","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"72479054907","address":"kaspasim:qpsha4x2s62tlf4g7ydrmghwn272twlw60uwsf8u8u5w0qm5rmwqkemq5yvns","confirmations":0,"orderId":"order-4","timestamp":"2026-11-23T09:00:00.900Z","deliveryId":"evt_01M83T4DG409GDY5JFEMDNHH42","sequence":1,"receivedSompi":"0","paidState":"none","late":false,"payments":[]}',12,1);
INSERT INTO "events" VALUES('evt_01M83T4DHPVE5666F0KP77TMQJ','payment.confirming','mer_01M83T4CVTH06X4VGFW4AWXYGW','0b2ea73b-2d56-4984-a20f-a720227a3d3f',1,0,1795424400950,'{"event":"payment.confirming","sessionId":"0b2ea73b-2d56-4984-a20f-a720227a3d3f","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"72479054907","address":"kaspasim:qpsha4x2s62tlf4g7ydrmghwn272twlw60uwsf8u8u5w0qm5rmwqkemq5yvns","txId":"b277df78c0f483e61979fd1e5fe687ed19e72265b365eb885971b83e5263ed3a","confirmations":0,"orderId":"order-4","timestamp":"2026-11-23T09:00:00.950Z","deliveryId":"evt_01M83T4DHPVE5666F0KP77TMQJ","sequence":2,"receivedSompi":"72479054907","paidState":"exact","late":false,"payments":[{"txId":"b277df78c0f483e61979fd1e5fe687ed19e72265b365eb885971b83e5263ed3a","index":0,"amount":"724.79054907","amountSompi":"72479054907","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-23T09:00:00.950Z"}]}',13,2);
INSERT INTO "events" VALUES('evt_01M83T4DK84N0QRS5NAYNRJ6R9','payment.confirmed','mer_01M83T4CVTH06X4VGFW4AWXYGW','0b2ea73b-2d56-4984-a20f-a720227a3d3f',2,0,1795424401000,'{"event":"payment.confirmed","sessionId":"0b2ea73b-2d56-4984-a20f-a720227a3d3f","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"72479054907","address":"kaspasim:qpsha4x2s62tlf4g7ydrmghwn272twlw60uwsf8u8u5w0qm5rmwqkemq5yvns","txId":"b277df78c0f483e61979fd1e5fe687ed19e72265b365eb885971b83e5263ed3a","confirmations":10,"orderId":"order-4","timestamp":"2026-11-23T09:00:01.000Z","deliveryId":"evt_01M83T4DK84N0QRS5NAYNRJ6R9","sequence":3,"receivedSompi":"72479054907","paidState":"exact","late":false,"payments":[{"txId":"b277df78c0f483e61979fd1e5fe687ed19e72265b365eb885971b83e5263ed3a","index":0,"amount":"724.79054907","amountSompi":"72479054907","confirmations":10,"state":"confirmed","credited":true,"late":false,"seenAt":"2026-11-23T09:00:00.950Z"}]}',14,3);
INSERT INTO "events" VALUES('evt_01M83T4DPCXS6EVYB045HSDQ1K','payment.pending','mer_01M83T4CVTH06X4VGFW4AWXYGW','2e2b8219-1c6a-4e79-bb26-f3738722b9c5',0,0,1795424401100,'{"event":"payment.pending","sessionId":"2e2b8219-1c6a-4e79-bb26-f3738722b9c5","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"800000000","address":"kaspasim:qppjqf3axf4zwgn9dnxg6zmeh4suyxzft0mpycs26lq86avtp0yhx9h3mmpgg","confirmations":0,"orderId":"order-5","timestamp":"2026-11-23T09:00:01.100Z","deliveryId":"evt_01M83T4DPCXS6EVYB045HSDQ1K","sequence":1,"receivedSompi":"0","paidState":"none","late":false,"payments":[]}',15,1);
INSERT INTO "events" VALUES('evt_01M83T4DQY08EWPTY16P7W6590','payment.confirming','mer_01M83T4CVTH06X4VGFW4AWXYGW','2e2b8219-1c6a-4e79-bb26-f3738722b9c5',1,0,1795424401150,'{"event":"payment.confirming","sessionId":"2e2b8219-1c6a-4e79-bb26-f3738722b9c5","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"800000000","address":"kaspasim:qppjqf3axf4zwgn9dnxg6zmeh4suyxzft0mpycs26lq86avtp0yhx9h3mmpgg","txId":"cdb354ca788482680c2a03fa83ac0a010b5bee8ab14692042dc38cc7542f901b","confirmations":0,"orderId":"order-5","timestamp":"2026-11-23T09:00:01.150Z","deliveryId":"evt_01M83T4DQY08EWPTY16P7W6590","sequence":2,"receivedSompi":"760000000","paidState":"partial","late":false,"payments":[{"txId":"cdb354ca788482680c2a03fa83ac0a010b5bee8ab14692042dc38cc7542f901b","index":0,"amount":"7.6","amountSompi":"760000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-23T09:00:01.150Z"}]}',16,2);
INSERT INTO "events" VALUES('evt_01M83T4DSG5KW5CS03Q1X7ZKVJ','payment.confirmed','mer_01M83T4CVTH06X4VGFW4AWXYGW','2e2b8219-1c6a-4e79-bb26-f3738722b9c5',2,0,1795424401200,'{"event":"payment.confirmed","sessionId":"2e2b8219-1c6a-4e79-bb26-f3738722b9c5","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"800000000","address":"kaspasim:qppjqf3axf4zwgn9dnxg6zmeh4suyxzft0mpycs26lq86avtp0yhx9h3mmpgg","txId":"cdb354ca788482680c2a03fa83ac0a010b5bee8ab14692042dc38cc7542f901b","confirmations":5,"orderId":"order-5","timestamp":"2026-11-23T09:00:01.200Z","deliveryId":"evt_01M83T4DSG5KW5CS03Q1X7ZKVJ","sequence":3,"receivedSompi":"760000000","paidState":"partial","late":false,"payments":[{"txId":"cdb354ca788482680c2a03fa83ac0a010b5bee8ab14692042dc38cc7542f901b","index":0,"amount":"7.6","amountSompi":"760000000","confirmations":5,"state":"confirmed","credited":true,"late":false,"seenAt":"2026-11-23T09:00:01.150Z"}]}',17,3);
INSERT INTO "events" VALUES('evt_01M83T4DY63W85358WQJYMEJXY','payment.pending','mer_01M83T4CVTH06X4VGFW4AWXYGW','f0b8c358-773d-4b1e-9517-b7741fb29fed',0,0,1795424401350,'{"event":"payment.pending","sessionId":"f0b8c358-773d-4b1e-9517-b7741fb29fed","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"700000000","address":"kaspasim:qr08f73p5j6ru7f5w59nzml6esay7e65sg6szdp4kueummyfghp0cerxqjfw5","confirmations":0,"orderId":"order-6","timestamp":"2026-11-23T09:00:01.350Z","deliveryId":"evt_01M83T4DY63W85358WQJYMEJXY","sequence":1,"receivedSompi":"0","paidState":"none","late":false,"payments":[]}',18,1);
INSERT INTO "events" VALUES('evt_01M83T4DZRW1QPZNDXK2Y6TZ1C','payment.pending','mer_01M83T4CVTH06X4VGFW4AWXYGW','d6d937b3-a06b-4802-9648-bd2ea51e2b57',0,0,1795424401400,'{"event":"payment.pending","sessionId":"d6d937b3-a06b-4802-9648-bd2ea51e2b57","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"900000000","address":"kaspasim:qz2r2lg2exnd44ftq22zkec7ekc5x56wk8f0zr3jcxrms4gpu2gd589lyfz9z","confirmations":0,"orderId":"order-7","timestamp":"2026-11-23T09:00:01.400Z","deliveryId":"evt_01M83T4DZRW1QPZNDXK2Y6TZ1C","sequence":1,"receivedSompi":"0","paidState":"none","late":false,"payments":[]}',19,1);
INSERT INTO "events" VALUES('evt_01M83T4E1AF62BPGTDYHH5EYMA','payment.pending','mer_01M83T4CVTH06X4VGFW4AWXYGW','61182983-2e4c-437f-a11a-862172d56cc3',0,0,1795424401450,'{"event":"payment.pending","sessionId":"61182983-2e4c-437f-a11a-862172d56cc3","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"200000000","address":"kaspasim:qrzts8xv6l49kqffuhzktqpmnjatjs844hdq59m79ju27999yh9tsqyxck6su","confirmations":0,"orderId":"order-8","timestamp":"2026-11-23T09:00:01.450Z","deliveryId":"evt_01M83T4E1AF62BPGTDYHH5EYMA","sequence":1,"receivedSompi":"0","paidState":"none","late":false,"payments":[]}',20,1);
INSERT INTO "events" VALUES('evt_01M83T4E2W2JCH7BB92H6B94ZT','payment.pending','mer_01M83T4CVTH06X4VGFW4AWXYGW','3c6fed45-a086-45e2-ad46-c29c52426769',0,0,1795424401500,'{"event":"payment.pending","sessionId":"3c6fed45-a086-45e2-ad46-c29c52426769","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"3000000000","address":"kaspasim:qzy86dvqffr6u4m4ueq6yy8wxl2qfha005cuczrm852z873tk6ycv9sum8cp4","confirmations":0,"orderId":"order-9","timestamp":"2026-11-23T09:00:01.500Z","deliveryId":"evt_01M83T4E2W2JCH7BB92H6B94ZT","sequence":1,"receivedSompi":"0","paidState":"none","late":false,"payments":[]}',21,1);
INSERT INTO "events" VALUES('evt_01M83T4E4E3Q2312WQ3135KEM0','payment.partial','mer_01M83T4CVTH06X4VGFW4AWXYGW','3c6fed45-a086-45e2-ad46-c29c52426769',1,0,1795424401550,'{"event":"payment.partial","sessionId":"3c6fed45-a086-45e2-ad46-c29c52426769","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"3000000000","address":"kaspasim:qzy86dvqffr6u4m4ueq6yy8wxl2qfha005cuczrm852z873tk6ycv9sum8cp4","confirmations":0,"orderId":"order-9","timestamp":"2026-11-23T09:00:01.550Z","deliveryId":"evt_01M83T4E4E3Q2312WQ3135KEM0","sequence":2,"receivedSompi":"1200000000","paidState":"partial","late":false,"payments":[{"txId":"96569de76b62ad105840f32e4dc3727800a51f5e72551782253650e9acc517e5","index":0,"amount":"12","amountSompi":"1200000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-23T09:00:01.550Z"}]}',22,2);
INSERT INTO "events" VALUES('evt_01M83T4E60WSWTJK50SYP7NHAQ','payment.pending','mer_01M83T4CVTH06X4VGFW4AWXYGW','9436c955-c446-44c7-85c7-1a9f519df306',0,0,1795424401600,'{"event":"payment.pending","sessionId":"9436c955-c446-44c7-85c7-1a9f519df306","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"600000000","address":"kaspasim:qqxw3nnq4d0y3klynxf9w8t2c6gfqdh7pwk6a200xuth5jupmll0xf4xasler","confirmations":0,"orderId":"order-10","timestamp":"2026-11-23T09:00:01.600Z","deliveryId":"evt_01M83T4E60WSWTJK50SYP7NHAQ","sequence":1,"receivedSompi":"0","paidState":"none","late":false,"payments":[]}',23,1);
INSERT INTO "events" VALUES('evt_01M83T4E7JYNHK9G6QDY6MKCFB','payment.failed','mer_01M83T4CVTH06X4VGFW4AWXYGW','9436c955-c446-44c7-85c7-1a9f519df306',1,0,1795424401650,'{"event":"payment.failed","sessionId":"9436c955-c446-44c7-85c7-1a9f519df306","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"600000000","address":"kaspasim:qqxw3nnq4d0y3klynxf9w8t2c6gfqdh7pwk6a200xuth5jupmll0xf4xasler","confirmations":0,"orderId":"order-10","timestamp":"2026-11-23T09:00:01.650Z","deliveryId":"evt_01M83T4E7JYNHK9G6QDY6MKCFB","sequence":2,"receivedSompi":"0","paidState":"none","late":false,"payments":[]}',24,2);
INSERT INTO "events" VALUES('evt_01M83T4E7JYNHK9G6QDY6MKCFD','payment.pending','mer_01M83T4CVTH06X4VGFW4AWXYGW','11450aa0-6ece-4883-b4ce-1a800b8d3e3f',0,0,1795424401650,'{"event":"payment.pending","sessionId":"11450aa0-6ece-4883-b4ce-1a800b8d3e3f","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"500000000","address":"kaspasim:qq4hzrvj078hulneqa85c6gsugr6m8xzqkcwyedpk5fzka5jquc8j4zzfvyl6","confirmations":0,"orderId":"order-11","timestamp":"2026-11-23T09:00:01.650Z","deliveryId":"evt_01M83T4E7JYNHK9G6QDY6MKCFD","sequence":1,"receivedSompi":"0","paidState":"none","late":false,"payments":[]}',25,1);
INSERT INTO "events" VALUES('evt_01M83T4E94NT0VBS3BSCWZD56D','payment.expired','mer_01M83T4CVTH06X4VGFW4AWXYGW','11450aa0-6ece-4883-b4ce-1a800b8d3e3f',1,0,1795424401700,'{"event":"payment.expired","sessionId":"11450aa0-6ece-4883-b4ce-1a800b8d3e3f","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"500000000","address":"kaspasim:qq4hzrvj078hulneqa85c6gsugr6m8xzqkcwyedpk5fzka5jquc8j4zzfvyl6","confirmations":0,"orderId":"order-11","timestamp":"2026-11-23T09:00:01.700Z","deliveryId":"evt_01M83T4E94NT0VBS3BSCWZD56D","sequence":2,"receivedSompi":"0","paidState":"none","late":false,"payments":[]}',26,2);
INSERT INTO "events" VALUES('evt_01M84105RY682CDSFJJGN6XPCF','payment.expired','mer_01M83T4CVTH06X4VGFW4AWXYGW','f0b8c358-773d-4b1e-9517-b7741fb29fed',1,0,1795431601950,'{"event":"payment.expired","sessionId":"f0b8c358-773d-4b1e-9517-b7741fb29fed","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"700000000","address":"kaspasim:qr08f73p5j6ru7f5w59nzml6esay7e65sg6szdp4kueummyfghp0cerxqjfw5","confirmations":0,"orderId":"order-6","timestamp":"2026-11-23T11:00:01.950Z","deliveryId":"evt_01M84105RY682CDSFJJGN6XPCF","sequence":2,"receivedSompi":"0","paidState":"none","late":false,"payments":[]}',27,2);
INSERT INTO "events" VALUES('evt_01M84105RYK9E7JKX3GVHABZFG','payment.expired','mer_01M83T4CVTH06X4VGFW4AWXYGW','61182983-2e4c-437f-a11a-862172d56cc3',1,0,1795431601950,'{"event":"payment.expired","sessionId":"61182983-2e4c-437f-a11a-862172d56cc3","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"200000000","address":"kaspasim:qrzts8xv6l49kqffuhzktqpmnjatjs844hdq59m79ju27999yh9tsqyxck6su","confirmations":0,"orderId":"order-8","timestamp":"2026-11-23T11:00:01.950Z","deliveryId":"evt_01M84105RYK9E7JKX3GVHABZFG","sequence":2,"receivedSompi":"0","paidState":"none","late":false,"payments":[]}',28,2);
INSERT INTO "events" VALUES('evt_01M84105RYK9E7JKX3GVHABZFJ','payment.expired','mer_01M83T4CVTH06X4VGFW4AWXYGW','d6d937b3-a06b-4802-9648-bd2ea51e2b57',1,0,1795431601950,'{"event":"payment.expired","sessionId":"d6d937b3-a06b-4802-9648-bd2ea51e2b57","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"900000000","address":"kaspasim:qz2r2lg2exnd44ftq22zkec7ekc5x56wk8f0zr3jcxrms4gpu2gd589lyfz9z","confirmations":0,"orderId":"order-7","timestamp":"2026-11-23T11:00:01.950Z","deliveryId":"evt_01M84105RYK9E7JKX3GVHABZFJ","sequence":2,"receivedSompi":"0","paidState":"none","late":false,"payments":[]}',29,2);
INSERT INTO "events" VALUES('evt_01M84105RYTRGSDT5D8FZ4DAPY','payment.expired','mer_01M83T4CVTH06X4VGFW4AWXYGW','3c6fed45-a086-45e2-ad46-c29c52426769',4,0,1795431601950,'{"event":"payment.expired","sessionId":"3c6fed45-a086-45e2-ad46-c29c52426769","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"3000000000","address":"kaspasim:qzy86dvqffr6u4m4ueq6yy8wxl2qfha005cuczrm852z873tk6ycv9sum8cp4","confirmations":0,"orderId":"order-9","timestamp":"2026-11-23T11:00:01.950Z","deliveryId":"evt_01M84105RYTRGSDT5D8FZ4DAPY","sequence":3,"receivedSompi":"1200000000","paidState":"partial","late":false,"payments":[{"txId":"96569de76b62ad105840f32e4dc3727800a51f5e72551782253650e9acc517e5","index":0,"amount":"12","amountSompi":"1200000000","confirmations":5,"state":"confirmed","credited":true,"late":false,"seenAt":"2026-11-23T09:00:01.550Z"}]}',30,3);
INSERT INTO "events" VALUES('evt_01M84105TGYM2C1ZM38YGNSB6Q','payment.confirmed','mer_01M83T4CVTH06X4VGFW4AWXYGW','3c6fed45-a086-45e2-ad46-c29c52426769',5,0,1795431602000,'{"event":"payment.confirmed","sessionId":"3c6fed45-a086-45e2-ad46-c29c52426769","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"3000000000","address":"kaspasim:qzy86dvqffr6u4m4ueq6yy8wxl2qfha005cuczrm852z873tk6ycv9sum8cp4","txId":"96569de76b62ad105840f32e4dc3727800a51f5e72551782253650e9acc517e5","confirmations":5,"orderId":"order-9","timestamp":"2026-11-23T11:00:02.000Z","deliveryId":"evt_01M84105TGYM2C1ZM38YGNSB6Q","sequence":4,"receivedSompi":"1200000000","paidState":"partial","late":false,"payments":[{"txId":"96569de76b62ad105840f32e4dc3727800a51f5e72551782253650e9acc517e5","index":0,"amount":"12","amountSompi":"1200000000","confirmations":5,"state":"confirmed","credited":true,"late":false,"seenAt":"2026-11-23T09:00:01.550Z"}]}',31,4);
INSERT INTO "events" VALUES('evt_01M86KCX2AGVQ6C6701GF14VMJ','payment.late','mer_01M83T4CVTH06X4VGFW4AWXYGW','d6d937b3-a06b-4802-9648-bd2ea51e2b57',2,0,1795518002250,'{"event":"payment.late","sessionId":"d6d937b3-a06b-4802-9648-bd2ea51e2b57","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"900000000","address":"kaspasim:qz2r2lg2exnd44ftq22zkec7ekc5x56wk8f0zr3jcxrms4gpu2gd589lyfz9z","confirmations":0,"orderId":"order-7","timestamp":"2026-11-24T11:00:02.250Z","deliveryId":"evt_01M86KCX2AGVQ6C6701GF14VMJ","sequence":3,"receivedSompi":"900000000","paidState":"exact","late":true,"payments":[{"txId":"e433bf3bc8890b3e166e4c8e490914018ff3364bac6d2989cedcb848c9da1868","index":0,"amount":"9","amountSompi":"900000000","state":"accepted","credited":true,"late":true,"seenAt":"2026-11-24T11:00:02.250Z"}]}',32,3);
INSERT INTO "events" VALUES('evt_01M86KCX3WPPRQ36XW0ZJ6V9PS','payment.late','mer_01M83T4CVTH06X4VGFW4AWXYGW','61182983-2e4c-437f-a11a-862172d56cc3',2,0,1795518002300,'{"event":"payment.late","sessionId":"61182983-2e4c-437f-a11a-862172d56cc3","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"200000000","address":"kaspasim:qrzts8xv6l49kqffuhzktqpmnjatjs844hdq59m79ju27999yh9tsqyxck6su","confirmations":0,"orderId":"order-8","timestamp":"2026-11-24T11:00:02.300Z","deliveryId":"evt_01M86KCX3WPPRQ36XW0ZJ6V9PS","sequence":3,"receivedSompi":"100000000","paidState":"partial","late":true,"payments":[{"txId":"3384d260dcab2415c1a2f4395b42ee66e964580af985c17d5113ffb062205d0b","index":0,"amount":"1","amountSompi":"100000000","state":"accepted","credited":true,"late":true,"seenAt":"2026-11-24T11:00:02.300Z"}]}',33,3);
INSERT INTO "events" VALUES('evt_01M86KCX5EHGP2WQ313R2MG5XC','payment.pending','mer_01M83T4CVTH06X4VGFW4AWXYGW','fd26013a-cef7-4ab8-b60b-a9887cab36c3',0,0,1795518002350,'{"event":"payment.pending","sessionId":"fd26013a-cef7-4ab8-b60b-a9887cab36c3","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"400000000","address":"kaspasim:qqa5j89yng2vp0w9mzd5s03k36sm4tulvty8y6awz842n3n49dxjw5mycnxxt","confirmations":0,"orderId":"order-12","timestamp":"2026-11-24T11:00:02.350Z","deliveryId":"evt_01M86KCX5EHGP2WQ313R2MG5XC","sequence":1,"receivedSompi":"0","paidState":"none","late":false,"payments":[]}',34,1);
INSERT INTO "events" VALUES('evt_01M86RHPSP00R8EF6NS5N6WVYF','payment.expired','mer_01M83T4CVTH06X4VGFW4AWXYGW','fd26013a-cef7-4ab8-b60b-a9887cab36c3',1,0,1795523402550,'{"event":"payment.expired","sessionId":"fd26013a-cef7-4ab8-b60b-a9887cab36c3","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"400000000","address":"kaspasim:qqa5j89yng2vp0w9mzd5s03k36sm4tulvty8y6awz842n3n49dxjw5mycnxxt","confirmations":0,"orderId":"order-12","timestamp":"2026-11-24T12:30:02.550Z","deliveryId":"evt_01M86RHPSP00R8EF6NS5N6WVYF","sequence":2,"receivedSompi":"0","paidState":"none","late":false,"payments":[]}',35,2);
INSERT INTO "events" VALUES('evt_01M86RHPV8H6VWZXEY990Y3RPZ','payment.late','mer_01M83T4CVTH06X4VGFW4AWXYGW','fd26013a-cef7-4ab8-b60b-a9887cab36c3',2,0,1795523402600,'{"event":"payment.late","sessionId":"fd26013a-cef7-4ab8-b60b-a9887cab36c3","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"400000000","address":"kaspasim:qqa5j89yng2vp0w9mzd5s03k36sm4tulvty8y6awz842n3n49dxjw5mycnxxt","confirmations":0,"orderId":"order-12","timestamp":"2026-11-24T12:30:02.600Z","deliveryId":"evt_01M86RHPV8H6VWZXEY990Y3RPZ","sequence":3,"receivedSompi":"400000000","paidState":"exact","late":true,"payments":[{"txId":"c45305c9d90bfb1d6f5b397d7ca4cfe2ffec966658e2eef44a3ed1e32d6d2f0f","index":0,"amount":"4","amountSompi":"400000000","state":"accepted","credited":true,"late":true,"seenAt":"2026-11-24T12:30:02.600Z"}]}',36,3);
INSERT INTO "events" VALUES('evt_01M86RHPV8H6VWZXEY990Y3RQ0','payment.confirming','mer_01M83T4CVTH06X4VGFW4AWXYGW','fd26013a-cef7-4ab8-b60b-a9887cab36c3',2,1,1795523402600,'{"event":"payment.confirming","sessionId":"fd26013a-cef7-4ab8-b60b-a9887cab36c3","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"400000000","address":"kaspasim:qqa5j89yng2vp0w9mzd5s03k36sm4tulvty8y6awz842n3n49dxjw5mycnxxt","txId":"c45305c9d90bfb1d6f5b397d7ca4cfe2ffec966658e2eef44a3ed1e32d6d2f0f","confirmations":0,"orderId":"order-12","timestamp":"2026-11-24T12:30:02.600Z","deliveryId":"evt_01M86RHPV8H6VWZXEY990Y3RQ0","sequence":4,"receivedSompi":"400000000","paidState":"exact","late":true,"payments":[{"txId":"c45305c9d90bfb1d6f5b397d7ca4cfe2ffec966658e2eef44a3ed1e32d6d2f0f","index":0,"amount":"4","amountSompi":"400000000","state":"accepted","credited":true,"late":true,"seenAt":"2026-11-24T12:30:02.600Z"}]}',37,4);
INSERT INTO "events" VALUES('evt_01M86RHPWTGDT0WVGEBDCQDZV9','payment.confirmed','mer_01M83T4CVTH06X4VGFW4AWXYGW','fd26013a-cef7-4ab8-b60b-a9887cab36c3',3,0,1795523402650,'{"event":"payment.confirmed","sessionId":"fd26013a-cef7-4ab8-b60b-a9887cab36c3","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"400000000","address":"kaspasim:qqa5j89yng2vp0w9mzd5s03k36sm4tulvty8y6awz842n3n49dxjw5mycnxxt","txId":"c45305c9d90bfb1d6f5b397d7ca4cfe2ffec966658e2eef44a3ed1e32d6d2f0f","confirmations":5,"orderId":"order-12","timestamp":"2026-11-24T12:30:02.650Z","deliveryId":"evt_01M86RHPWTGDT0WVGEBDCQDZV9","sequence":5,"receivedSompi":"400000000","paidState":"exact","late":true,"payments":[{"txId":"c45305c9d90bfb1d6f5b397d7ca4cfe2ffec966658e2eef44a3ed1e32d6d2f0f","index":0,"amount":"4","amountSompi":"400000000","confirmations":5,"state":"confirmed","credited":true,"late":true,"seenAt":"2026-11-24T12:30:02.600Z"}]}',38,5);
INSERT INTO "events" VALUES('evt_01M86RHPZYWT5TPFRFG30Q45Y7','payment.pending','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','f1937e18-0b9e-42ac-982d-bf856522fe93',0,0,1795523402750,'{"event":"payment.pending","sessionId":"f1937e18-0b9e-42ac-982d-bf856522fe93","merchantId":"mer_01M83T4CVTTNQ4G3AFM2Q5QPHC","amount":"1100000000","address":"kaspasim:qptucn5rr0qzn4fkp42jsxxvfxvfuvqf5lzl02rsx6k2r3p3pwzjs33p2094g","confirmations":0,"orderId":"order-13","timestamp":"2026-11-24T12:30:02.750Z","deliveryId":"evt_01M86RHPZYWT5TPFRFG30Q45Y7","sequence":1,"receivedSompi":"0","paidState":"none","late":false,"payments":[]}',1,1);
INSERT INTO "events" VALUES('evt_01M86RHQ1GX5GBB0BTNG6Y763S','payment.confirming','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','f1937e18-0b9e-42ac-982d-bf856522fe93',1,0,1795523402800,'{"event":"payment.confirming","sessionId":"f1937e18-0b9e-42ac-982d-bf856522fe93","merchantId":"mer_01M83T4CVTTNQ4G3AFM2Q5QPHC","amount":"1100000000","address":"kaspasim:qptucn5rr0qzn4fkp42jsxxvfxvfuvqf5lzl02rsx6k2r3p3pwzjs33p2094g","txId":"96137a814815627326ea8c84f4f7a835ab985fb1c13451d0f8df5df86c4b81f7","confirmations":0,"orderId":"order-13","timestamp":"2026-11-24T12:30:02.800Z","deliveryId":"evt_01M86RHQ1GX5GBB0BTNG6Y763S","sequence":2,"receivedSompi":"1100000000","paidState":"exact","late":false,"payments":[{"txId":"96137a814815627326ea8c84f4f7a835ab985fb1c13451d0f8df5df86c4b81f7","index":0,"amount":"11","amountSompi":"1100000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T12:30:02.800Z"}]}',2,2);
INSERT INTO "events" VALUES('evt_01M86RJMQGGC72XDRZK9B15M7H','payment.reverted','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','f1937e18-0b9e-42ac-982d-bf856522fe93',4,0,1795523433200,'{"event":"payment.reverted","sessionId":"f1937e18-0b9e-42ac-982d-bf856522fe93","merchantId":"mer_01M83T4CVTTNQ4G3AFM2Q5QPHC","amount":"1100000000","address":"kaspasim:qptucn5rr0qzn4fkp42jsxxvfxvfuvqf5lzl02rsx6k2r3p3pwzjs33p2094g","confirmations":0,"orderId":"order-13","timestamp":"2026-11-24T12:30:33.200Z","deliveryId":"evt_01M86RJMQGGC72XDRZK9B15M7H","sequence":3,"receivedSompi":"0","paidState":"none","late":false,"payments":[{"txId":"96137a814815627326ea8c84f4f7a835ab985fb1c13451d0f8df5df86c4b81f7","index":0,"amount":"11","amountSompi":"1100000000","confirmations":0,"state":"withdrawn","credited":true,"late":false,"seenAt":"2026-11-24T12:30:02.800Z"}]}',3,3);
INSERT INTO "events" VALUES('evt_01M86RJMS2S6F73T6QHQWYJPP1','payment.confirming','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','f1937e18-0b9e-42ac-982d-bf856522fe93',5,0,1795523433250,'{"event":"payment.confirming","sessionId":"f1937e18-0b9e-42ac-982d-bf856522fe93","merchantId":"mer_01M83T4CVTTNQ4G3AFM2Q5QPHC","amount":"1100000000","address":"kaspasim:qptucn5rr0qzn4fkp42jsxxvfxvfuvqf5lzl02rsx6k2r3p3pwzjs33p2094g","txId":"d5b04fc7830f03beefa1bff5c36d5eddf955d90a2fad49a82691baeed1906edb","confirmations":0,"orderId":"order-13","timestamp":"2026-11-24T12:30:33.250Z","deliveryId":"evt_01M86RJMS2S6F73T6QHQWYJPP1","sequence":4,"receivedSompi":"1100000000","paidState":"exact","late":false,"payments":[{"txId":"96137a814815627326ea8c84f4f7a835ab985fb1c13451d0f8df5df86c4b81f7","index":0,"amount":"11","amountSompi":"1100000000","confirmations":0,"state":"withdrawn","credited":true,"late":false,"seenAt":"2026-11-24T12:30:02.800Z"},{"txId":"d5b04fc7830f03beefa1bff5c36d5eddf955d90a2fad49a82691baeed1906edb","index":0,"amount":"11","amountSompi":"1100000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T12:30:33.250Z"}]}',4,4);
INSERT INTO "events" VALUES('evt_01M86RJMTMKD9RH3X3Q72T9JVM','payment.confirmed','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','f1937e18-0b9e-42ac-982d-bf856522fe93',6,0,1795523433300,'{"event":"payment.confirmed","sessionId":"f1937e18-0b9e-42ac-982d-bf856522fe93","merchantId":"mer_01M83T4CVTTNQ4G3AFM2Q5QPHC","amount":"1100000000","address":"kaspasim:qptucn5rr0qzn4fkp42jsxxvfxvfuvqf5lzl02rsx6k2r3p3pwzjs33p2094g","txId":"d5b04fc7830f03beefa1bff5c36d5eddf955d90a2fad49a82691baeed1906edb","confirmations":10,"orderId":"order-13","timestamp":"2026-11-24T12:30:33.300Z","deliveryId":"evt_01M86RJMTMKD9RH3X3Q72T9JVM","sequence":5,"receivedSompi":"1100000000","paidState":"exact","late":false,"payments":[{"txId":"96137a814815627326ea8c84f4f7a835ab985fb1c13451d0f8df5df86c4b81f7","index":0,"amount":"11","amountSompi":"1100000000","confirmations":0,"state":"withdrawn","credited":true,"late":false,"seenAt":"2026-11-24T12:30:02.800Z"},{"txId":"d5b04fc7830f03beefa1bff5c36d5eddf955d90a2fad49a82691baeed1906edb","index":0,"amount":"11","amountSompi":"1100000000","confirmations":10,"state":"confirmed","credited":true,"late":false,"seenAt":"2026-11-24T12:30:33.250Z"}]}',5,5);
INSERT INTO "events" VALUES('evt_01M870KSS650GZAC0Z9AJW5X9K','payment.pending','mer_01M83T4CVTTNQ4G3AFM2Q5QPHE','320a2ef4-c82b-4c4a-b4e8-60cd241c491a',0,0,1795531859750,'{"event":"payment.pending","sessionId":"320a2ef4-c82b-4c4a-b4e8-60cd241c491a","merchantId":"mer_01M83T4CVTTNQ4G3AFM2Q5QPHE","amount":"10000000000","address":"kaspasim:qpu92skxut9ltmj2pugjfnac6zs4npmjzqura2e4dfu29clqltu95wpkfknaz","confirmations":0,"orderId":"order-14","timestamp":"2026-11-24T14:50:59.750Z","deliveryId":"evt_01M870KSS650GZAC0Z9AJW5X9K","sequence":1,"receivedSompi":"0","paidState":"none","late":false,"payments":[]}',1,1);
INSERT INTO "events" VALUES('evt_01M870KSTR111KPS2MKKYFTSM7','payment.partial','mer_01M83T4CVTTNQ4G3AFM2Q5QPHE','320a2ef4-c82b-4c4a-b4e8-60cd241c491a',1,0,1795531859800,'{"event":"payment.partial","sessionId":"320a2ef4-c82b-4c4a-b4e8-60cd241c491a","merchantId":"mer_01M83T4CVTTNQ4G3AFM2Q5QPHE","amount":"10000000000","address":"kaspasim:qpu92skxut9ltmj2pugjfnac6zs4npmjzqura2e4dfu29clqltu95wpkfknaz","confirmations":0,"orderId":"order-14","timestamp":"2026-11-24T14:50:59.800Z","deliveryId":"evt_01M870KSTR111KPS2MKKYFTSM7","sequence":2,"receivedSompi":"640000000","paidState":"partial","late":false,"payments":[{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":22,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":23,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":24,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":25,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":26,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":27,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":28,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":29,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":30,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":31,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"}],"paymentsTotal":32}',2,2);
INSERT INTO "events" VALUES('evt_01M870KSTRJQPC6SQ2FQ4AFWZE','payment.partial','mer_01M83T4CVTTNQ4G3AFM2Q5QPHE','320a2ef4-c82b-4c4a-b4e8-60cd241c491a',2,0,1795531859800,'{"event":"payment.partial","sessionId":"320a2ef4-c82b-4c4a-b4e8-60cd241c491a","merchantId":"mer_01M83T4CVTTNQ4G3AFM2Q5QPHE","amount":"10000000000","address":"kaspasim:qpu92skxut9ltmj2pugjfnac6zs4npmjzqura2e4dfu29clqltu95wpkfknaz","confirmations":0,"orderId":"order-14","timestamp":"2026-11-24T14:50:59.800Z","deliveryId":"evt_01M870KSTRJQPC6SQ2FQ4AFWZE","sequence":3,"receivedSompi":"1280000000","paidState":"partial","late":false,"payments":[{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":54,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":55,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":56,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":57,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":58,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":59,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":60,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":61,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":62,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":63,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"}],"paymentsTotal":64}',3,3);
INSERT INTO "events" VALUES('evt_01M870KSTRJQPC6SQ2FQ4AFWZF','payment.partial','mer_01M83T4CVTTNQ4G3AFM2Q5QPHE','320a2ef4-c82b-4c4a-b4e8-60cd241c491a',3,0,1795531859800,'{"event":"payment.partial","sessionId":"320a2ef4-c82b-4c4a-b4e8-60cd241c491a","merchantId":"mer_01M83T4CVTTNQ4G3AFM2Q5QPHE","amount":"10000000000","address":"kaspasim:qpu92skxut9ltmj2pugjfnac6zs4npmjzqura2e4dfu29clqltu95wpkfknaz","confirmations":0,"orderId":"order-14","timestamp":"2026-11-24T14:50:59.800Z","deliveryId":"evt_01M870KSTRJQPC6SQ2FQ4AFWZF","sequence":4,"receivedSompi":"1920000000","paidState":"partial","late":false,"payments":[{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":86,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":87,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":88,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":89,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":90,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":91,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":92,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":93,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":94,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":95,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"}],"paymentsTotal":96}',4,4);
INSERT INTO "events" VALUES('evt_01M870KSTRMVSGGXBHM0CDT0TN','payment.partial','mer_01M83T4CVTTNQ4G3AFM2Q5QPHE','320a2ef4-c82b-4c4a-b4e8-60cd241c491a',4,0,1795531859800,'{"event":"payment.partial","sessionId":"320a2ef4-c82b-4c4a-b4e8-60cd241c491a","merchantId":"mer_01M83T4CVTTNQ4G3AFM2Q5QPHE","amount":"10000000000","address":"kaspasim:qpu92skxut9ltmj2pugjfnac6zs4npmjzqura2e4dfu29clqltu95wpkfknaz","confirmations":0,"orderId":"order-14","timestamp":"2026-11-24T14:50:59.800Z","deliveryId":"evt_01M870KSTRMVSGGXBHM0CDT0TN","sequence":5,"receivedSompi":"2560000000","paidState":"partial","late":false,"payments":[{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":118,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":119,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":120,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":121,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":122,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":123,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":124,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":125,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":126,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":127,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"}],"paymentsTotal":128}',5,5);
INSERT INTO "events" VALUES('evt_01M870KSTRMVSGGXBHM0CDT0TP','payment.partial','mer_01M83T4CVTTNQ4G3AFM2Q5QPHE','320a2ef4-c82b-4c4a-b4e8-60cd241c491a',5,0,1795531859800,'{"event":"payment.partial","sessionId":"320a2ef4-c82b-4c4a-b4e8-60cd241c491a","merchantId":"mer_01M83T4CVTTNQ4G3AFM2Q5QPHE","amount":"10000000000","address":"kaspasim:qpu92skxut9ltmj2pugjfnac6zs4npmjzqura2e4dfu29clqltu95wpkfknaz","confirmations":0,"orderId":"order-14","timestamp":"2026-11-24T14:50:59.800Z","deliveryId":"evt_01M870KSTRMVSGGXBHM0CDT0TP","sequence":6,"receivedSompi":"3200000000","paidState":"partial","late":false,"payments":[{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":150,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":151,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":152,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":153,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":154,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":155,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":156,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":157,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":158,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":159,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"}],"paymentsTotal":160}',6,6);
INSERT INTO "events" VALUES('evt_01M870KSTRYBRXFPRA8BQGFJRZ','payment.partial','mer_01M83T4CVTTNQ4G3AFM2Q5QPHE','320a2ef4-c82b-4c4a-b4e8-60cd241c491a',6,0,1795531859800,'{"event":"payment.partial","sessionId":"320a2ef4-c82b-4c4a-b4e8-60cd241c491a","merchantId":"mer_01M83T4CVTTNQ4G3AFM2Q5QPHE","amount":"10000000000","address":"kaspasim:qpu92skxut9ltmj2pugjfnac6zs4npmjzqura2e4dfu29clqltu95wpkfknaz","confirmations":0,"orderId":"order-14","timestamp":"2026-11-24T14:50:59.800Z","deliveryId":"evt_01M870KSTRYBRXFPRA8BQGFJRZ","sequence":7,"receivedSompi":"3840000000","paidState":"partial","late":false,"payments":[{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":182,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":183,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":184,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":185,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":186,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":187,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":188,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":189,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":190,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":191,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"}],"paymentsTotal":192}',7,7);
INSERT INTO "events" VALUES('evt_01M870KSTRZCMG4JP32C3Q7FPF','payment.partial','mer_01M83T4CVTTNQ4G3AFM2Q5QPHE','320a2ef4-c82b-4c4a-b4e8-60cd241c491a',7,0,1795531859800,'{"event":"payment.partial","sessionId":"320a2ef4-c82b-4c4a-b4e8-60cd241c491a","merchantId":"mer_01M83T4CVTTNQ4G3AFM2Q5QPHE","amount":"10000000000","address":"kaspasim:qpu92skxut9ltmj2pugjfnac6zs4npmjzqura2e4dfu29clqltu95wpkfknaz","confirmations":0,"orderId":"order-14","timestamp":"2026-11-24T14:50:59.800Z","deliveryId":"evt_01M870KSTRZCMG4JP32C3Q7FPF","sequence":8,"receivedSompi":"4120000000","paidState":"partial","late":false,"payments":[{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":196,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":197,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":198,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":199,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":200,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":201,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":202,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":203,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":204,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"},{"txId":"64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f","index":205,"amount":"0.2","amountSompi":"20000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:50:59.800Z"}],"paymentsTotal":206}',8,8);
INSERT INTO "events" VALUES('evt_01M870KSXWV5B3VSZ8CEW12X34','payment.pending','mer_01M83T4CVTTNQ4G3AFM2Q5QPHE','7f320c5e-7168-4f4c-8e70-fc1c580d1a86',0,0,1795531859900,'{"event":"payment.pending","sessionId":"7f320c5e-7168-4f4c-8e70-fc1c580d1a86","merchantId":"mer_01M83T4CVTTNQ4G3AFM2Q5QPHE","amount":"600000000","address":"kaspasim:qqd6e65yefepe9wk0m9vuxdufxd80sphy67gwwd0vdaumzdt4tc9s7skwr78y","confirmations":0,"orderId":"order-15","timestamp":"2026-11-24T14:50:59.900Z","deliveryId":"evt_01M870KSXWV5B3VSZ8CEW12X34","sequence":1,"receivedSompi":"0","paidState":"none","late":false,"payments":[]}',9,1);
INSERT INTO "events" VALUES('evt_01M870NMJEKXTMN2S5QQ7ZKBPN','payment.pending','mer_01M83T4CVTH06X4VGFW4AWXYGW','af064cdb-4e7c-4973-acea-43a276d37295',0,0,1795531919950,'{"event":"payment.pending","sessionId":"af064cdb-4e7c-4973-acea-43a276d37295","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"1300000000","address":"kaspasim:qzsmx9nput8kgckwahm2q3e6rqcz3fqfhngsxkwjm9wmshfh0zexztrwhzlyg","confirmations":0,"orderId":"order-20","timestamp":"2026-11-24T14:51:59.950Z","deliveryId":"evt_01M870NMJEKXTMN2S5QQ7ZKBPN","sequence":1,"receivedSompi":"0","paidState":"none","late":false,"payments":[]}',39,1);
INSERT INTO "events" VALUES('evt_01M870NMM0J1RVTMCHQ781E81N','payment.pending','mer_01M83T4CVTH06X4VGFW4AWXYGW','1d66f946-49f7-4312-ad15-e741c6a4238e',0,0,1795531920000,'{"event":"payment.pending","sessionId":"1d66f946-49f7-4312-ad15-e741c6a4238e","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"1400000000","address":"kaspasim:qqf8m670p77gpjsswnrtdk7w8fvex6rc9sy8ydp27z0c0krmtv4k5xl647w8e","confirmations":0,"orderId":"order-21","timestamp":"2026-11-24T14:52:00.000Z","deliveryId":"evt_01M870NMM0J1RVTMCHQ781E81N","sequence":1,"receivedSompi":"0","paidState":"none","late":false,"payments":[]}',40,1);
INSERT INTO "events" VALUES('evt_01M870NMNJTWX6ACP4NGPKVRTA','payment.partial','mer_01M83T4CVTH06X4VGFW4AWXYGW','1d66f946-49f7-4312-ad15-e741c6a4238e',1,0,1795531920050,'{"event":"payment.partial","sessionId":"1d66f946-49f7-4312-ad15-e741c6a4238e","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"1400000000","address":"kaspasim:qqf8m670p77gpjsswnrtdk7w8fvex6rc9sy8ydp27z0c0krmtv4k5xl647w8e","confirmations":0,"orderId":"order-21","timestamp":"2026-11-24T14:52:00.050Z","deliveryId":"evt_01M870NMNJTWX6ACP4NGPKVRTA","sequence":2,"receivedSompi":"400000000","paidState":"partial","late":false,"payments":[{"txId":"632f3c7a9bd98f09f1d63a1ce9bc41c81dee3c085d9ea58c05e2c49772d825f6","index":0,"amount":"4","amountSompi":"400000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:52:00.050Z"}]}',41,2);
INSERT INTO "events" VALUES('evt_01M870NMQ4SXHMG2A1H1GR0VJ9','payment.pending','mer_01M83T4CVTH06X4VGFW4AWXYGW','2573b080-92ad-410a-a44b-07c2b3fbdade',0,0,1795531920100,'{"event":"payment.pending","sessionId":"2573b080-92ad-410a-a44b-07c2b3fbdade","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"1500000000","address":"kaspasim:qpqeyuv2nxapsdegm8lwnp7eecqrlmhwpwcwq9glsgvd5gwv8l5mwqsglnm63","confirmations":0,"orderId":"order-22","timestamp":"2026-11-24T14:52:00.100Z","deliveryId":"evt_01M870NMQ4SXHMG2A1H1GR0VJ9","sequence":1,"receivedSompi":"0","paidState":"none","late":false,"payments":[]}',42,1);
INSERT INTO "events" VALUES('evt_01M870NMQ4SXHMG2A1H1GR0VJB','payment.confirming','mer_01M83T4CVTH06X4VGFW4AWXYGW','2573b080-92ad-410a-a44b-07c2b3fbdade',1,0,1795531920100,'{"event":"payment.confirming","sessionId":"2573b080-92ad-410a-a44b-07c2b3fbdade","merchantId":"mer_01M83T4CVTH06X4VGFW4AWXYGW","amount":"1500000000","address":"kaspasim:qpqeyuv2nxapsdegm8lwnp7eecqrlmhwpwcwq9glsgvd5gwv8l5mwqsglnm63","txId":"377cbe286c193563ce1f80ec12cc5933a4d243309c4232c8d3ce4286fe533a6c","confirmations":0,"orderId":"order-22","timestamp":"2026-11-24T14:52:00.100Z","deliveryId":"evt_01M870NMQ4SXHMG2A1H1GR0VJB","sequence":2,"receivedSompi":"1500000000","paidState":"exact","late":false,"payments":[{"txId":"377cbe286c193563ce1f80ec12cc5933a4d243309c4232c8d3ce4286fe533a6c","index":0,"amount":"15","amountSompi":"1500000000","state":"accepted","credited":true,"late":false,"seenAt":"2026-11-24T14:52:00.100Z"}]}',43,2);
INSERT INTO "events" VALUES('evt_01M870NMRP5F9KE9G7SKS8VZNB','payment.pending','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','26f77b3e-78cb-41bc-ba5d-3b0c621cb77a',0,0,1795531920150,'{"event":"payment.pending","sessionId":"26f77b3e-78cb-41bc-ba5d-3b0c621cb77a","merchantId":"mer_01M83T4CVTTNQ4G3AFM2Q5QPHC","amount":"1600000000","address":"kaspasim:qppxgpfgedjlmp72qjf2wqfclpe5kz93mw5fth77vf5uxvy5d40zqtnkn892z","confirmations":0,"orderId":"order-23","timestamp":"2026-11-24T14:52:00.150Z","deliveryId":"evt_01M870NMRP5F9KE9G7SKS8VZNB","sequence":1,"receivedSompi":"0","paidState":"none","late":false,"payments":[]}',6,1);
INSERT INTO "events" VALUES('evt_01M870NMVTMPHCWQM39G97YXZT','payment.pending','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','a00f7f59-e30b-4e18-ad58-408a866be427',0,0,1795531920250,'{"event":"payment.pending","sessionId":"a00f7f59-e30b-4e18-ad58-408a866be427","merchantId":"mer_01M83T4CVTTNQ4G3AFM2Q5QPHC","amount":"1700000000","address":"kaspasim:qqq04d49sg7yqzztj7y7qclcj263s9sg9swhynhu0svy94uz2j7hsgc3r9jxe","confirmations":0,"orderId":"order-24","timestamp":"2026-11-24T14:52:00.250Z","deliveryId":"evt_01M870NMVTMPHCWQM39G97YXZT","sequence":1,"receivedSompi":"0","paidState":"none","late":false,"payments":[]}',7,1);
CREATE TABLE idempotency_keys (
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    idempotency_key TEXT NOT NULL,
    -- Hash of what was asked.
    fingerprint TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    -- What it made; the answer is made from it again.
    session_id TEXT REFERENCES sessions (id),
    -- Or the answer itself.
    status SMALLINT,
    answer TEXT,
    PRIMARY KEY (merchant_id, idempotency_key)
);
INSERT INTO "idempotency_keys" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW','order-20-once','dee1c8be720a42898288c8ffb32bf7e9908b2816eb46ed70c03a45c86aadf5f5',1795531919950,'af064cdb-4e7c-4973-acea-43a276d37295',NULL,NULL);
CREATE TABLE merchants (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    email TEXT UNIQUE,
    -- Sealed, as the merchant wrote it.
    xpub TEXT NOT NULL,
    -- Fingerprint of the same key: the one new addresses come from.
    account_key TEXT NOT NULL,
    api_key_hash TEXT NOT NULL UNIQUE,
    webhook_url TEXT,
    -- Sealed.
    webhook_secret TEXT NOT NULL,
    -- That of the present account key.
    next_address_index BIGINT NOT NULL CHECK (next_address_index >= 0),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
, required_confirmations BIGINT, confirmation_tiers TEXT, underpayment_tolerance BIGINT NOT NULL DEFAULT 0
    CHECK (underpayment_tolerance >= 0), embed_origins TEXT, previous_webhook_secret TEXT, previous_secret_until BIGINT, session_lifetime BIGINT, late_acceptance BIGINT NOT NULL DEFAULT 0
    CHECK (late_acceptance >= 0));
INSERT INTO "merchants" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW','Bean There','shop9@example.com','v1:e18a6758:ReBHH9X4WjaxLZFJ9fnAV2dZY8FLpFeLAvpFpj2NE51ztvt1pfqWA8LvMVpP+z4cKu61eWSSh3UXppOeT6S26ojJ7lDs5bdsq4L529qUBklZPHpwcZ8XC8nAK5K7qrTVRam4CNYCQ2zUmvh2lZpDizcDHdVLHWaMUV+Nms8njVLN1bzNMrij9fyXJQ==','a388b2dfff28a5f439e73c3d020d42d39dbe4f216099353ff525cb0c4d6428e9','82cc2239932d2d1b03b3d2cc4473c7c6a18da495b3a1a2752c1ae9f53c6016fd','http://127.0.0.1:8931/hook','v1:e18a6758:76mVQcN59XcVeQm7X/Bk0Wd5C9AZfQXXDr9cZMGmAcXTWr9ZB44f3FZb2PQ947k/jM6uvhHbXJBNFq/llsYD/hz/BmIsO3GJsgOz1Qek',15,1795424400250,1795424401100,NULL,'[[10000000000,5],[null,50]]',50000000,NULL,NULL,NULL,3600,7200);
INSERT INTO "merchants" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','Tea & <Co> ☕','shop8@example.com','v1:e18a6758:xO6MrNxUhp72eMkMEJiB07Mb54jBjxAwUyqdYscRW3j3mjrZw7/fTql7oUVTv78ei/2gUUPq0VJBYf0lNW7Y8tqM+UGuUhs7lI5K3YwJ2lZJn0IcuYIUeTIDIVmf5zMzCPAHC9c1vMFVQHsGPVyXSWE9JbUGIDxXF04JR5KXkl/GVYaLaDL8rKIS0Q==','50fd5e5a676c895233411658352ed8eb86d71eaee0d796909884035f4cdfd14f','458b061a5d79e552aabc2e270b263e5e1e03729c2d58d67100116ddf533a69ad','http://127.0.0.1:8932/','v1:e18a6758:E5fZ5NF9x5XLj6a6R1d6tBJE2gbCHNntn0fBvsz1VFeWpjEtwlbxeI8iWgKyqQxp0qdb4BRR7vJ33Dt2N/iAQyn2o4Vx16vs2jVut+VT',3,1795424400250,1795424400250,NULL,NULL,0,NULL,NULL,NULL,NULL,0);
INSERT INTO "merchants" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE','Kiosk & Sons',NULL,'v1:e18a6758:fsIhM97a79mlOE0RRryRKr+2OZngUfVFuaM4eTgwOVgJY0m9bMwoD81BWh1xueL1PbszPhRT1SiGIc1fl4h3PajBFc29ZQEZtRDLIZin0NQfDMm3G7zZXgIc9mVmYeUua9gqs8T18E1UcM+wL+Uw3mgBjobK2fNrAC5O0pct1rBizcCm5NyUyPgiOg==','51b9cb123444c1231d84a6407415dc10dd4df15181e04a362e910a02aa80f5d5','1775f50ea29ab19391dcbf17de3a1a80b0d00ad60b0f496e89a077045065ba3d',NULL,'v1:e18a6758:tKPhAOuXt9wJKLZrYbGnRahKlEzqYPRdmksgtfnLX6v10+WYp9WTusha8m/FQ4i6CKolnzxWfcJtz3hV4iHNOBxiU9tDvPb3yLat9dHc',1,1795424400250,1795531859900,NULL,NULL,0,NULL,'v1:e18a6758:vh9GeXyM5qnYCer/goOIMDbbvxNqBKxeMgKwV5qRLpEqvG0xnJ7dvdNeJMUg6HGN3Y3JSzTgMdllcvfRkuyzpYVIeEK9MkzUbdOgCwjp',1795618259900,NULL,0);
CREATE TABLE network (
    id SMALLINT PRIMARY KEY NOT NULL CHECK (id = 1),
    name TEXT NOT NULL
);
INSERT INTO "network" VALUES(1,'simnet');
CREATE TABLE password_logins (
    merchant_id TEXT PRIMARY KEY NOT NULL REFERENCES merchants (id),
    login TEXT NOT NULL UNIQUE,
    -- Argon2id, in the PHC string format.
    password_hash TEXT NOT NULL,
    -- Sealed.
    totp_secret TEXT NOT NULL,
    -- The latest time step whose code was used.
    last_step BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);
INSERT INTO "password_logins" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','owner@tea.example','$argon2id$v=19$m=8,t=1,p=1$LbzRYi6pZnU0/IAQxH/4Cw$RMycdT4fQu2fVKin1km8On3PFz80+sJJ5L34TNQ1inE','v1:e18a6758:U7foeL8J2kZpgsqNymW5zlmN3JYjaVcEyOcYAJe52DyaCqDhD8Z3NAYs4/Pe2Tspc02XY1CUo64hn2Eo',59851063,1795531889950,1795531889950);
CREATE TABLE payment_sums (
    session_id TEXT PRIMARY KEY NOT NULL REFERENCES sessions (id),
    -- Amounts are of payments that count alone, in sompi.
    final BIGINT NOT NULL CHECK (final >= 0),
    late BIGINT NOT NULL CHECK (late >= 0),
    -- Accepted, and the output is where it ought to be.
    waiting BIGINT NOT NULL CHECK (waiting >= 0),
    waiting_amount BIGINT NOT NULL CHECK (waiting_amount >= 0),
    -- Accepted, and the output left the UTXO set.
    gone BIGINT NOT NULL CHECK (gone >= 0)
, in_time BIGINT NOT NULL DEFAULT 0 CHECK (in_time >= 0), soon BIGINT NOT NULL DEFAULT 0 CHECK (soon >= 0), in_time_withdrawn BIGINT NOT NULL DEFAULT 0
    CHECK (in_time_withdrawn >= 0));
INSERT INTO "payment_sums" VALUES('320a2ef4-c82b-4c4a-b4e8-60cd241c491a',4120000000,0,0,0,0,4120000000,0,0);
CREATE TABLE payments (
    tx_id TEXT NOT NULL,
    output_index BIGINT NOT NULL CHECK (output_index >= 0),
    session_id TEXT NOT NULL REFERENCES sessions (id),
    position BIGINT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount >= 0),
    block_daa_score BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    accepted_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    late SMALLINT NOT NULL CHECK (late IN (0, 1)),
    credited SMALLINT NOT NULL CHECK (credited IN (0, 1)),
    missing_since BIGINT,
    spent_evidence BIGINT, attested SMALLINT NOT NULL DEFAULT 0
    CHECK (attested IN (0, 1)), timing BIGINT NOT NULL DEFAULT 0 CHECK (timing BETWEEN 0 AND 2),
    PRIMARY KEY (tx_id, output_index)
);
INSERT INTO "payments" VALUES('fc1a82883ca0849ee7688ad9e6360944a524292f093d26de5fb4ea69ae354a29',0,'fb2a1005-b3e0-4f5c-bd23-30c21f527302',0,1000000000,100021,1795424400300,1795424400150,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('e56816a5465790996f16c587b3f0258421429661c56ce73f87de9129cb577ab4',0,'27e68811-1570-4935-aa41-7491dba0938e',0,550000000,100043,1795424400500,1795424400500,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('22b68d457bfc3b5adbbdd6fd06e71d959d05e50a2bd36042951483265818ee2b',0,'27e68811-1570-4935-aa41-7491dba0938e',1,2000000000,100045,1795424400550,1795424400550,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('0c2d6db64cdef901271cd98f43f532d318b75d61ea26436d41965319ce929cb2',0,'76015a4f-7014-41ea-89f7-85f61516fc47',0,400000001,100068,1795424400750,1795424400750,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('b277df78c0f483e61979fd1e5fe687ed19e72265b365eb885971b83e5263ed3a',0,'0b2ea73b-2d56-4984-a20f-a720227a3d3f',0,72479054907,100092,1795424400950,1795424400950,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('cdb354ca788482680c2a03fa83ac0a010b5bee8ab14692042dc38cc7542f901b',0,'2e2b8219-1c6a-4e79-bb26-f3738722b9c5',0,760000000,100115,1795424401150,1795424401150,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('96569de76b62ad105840f32e4dc3727800a51f5e72551782253650e9acc517e5',0,'3c6fed45-a086-45e2-ad46-c29c52426769',0,1200000000,100140,1795424401550,1795424401550,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('e433bf3bc8890b3e166e4c8e490914018ff3364bac6d2989cedcb848c9da1868',0,'d6d937b3-a06b-4802-9648-bd2ea51e2b57',0,900000000,100148,1795518002250,1795518002250,'confirmed',1,1,NULL,NULL,0,2);
INSERT INTO "payments" VALUES('3384d260dcab2415c1a2f4395b42ee66e964580af985c17d5113ffb062205d0b',0,'61182983-2e4c-437f-a11a-862172d56cc3',0,100000000,100150,1795518002300,1795518002300,'confirmed',1,1,NULL,NULL,0,2);
INSERT INTO "payments" VALUES('c45305c9d90bfb1d6f5b397d7ca4cfe2ffec966658e2eef44a3ed1e32d6d2f0f',0,'fd26013a-cef7-4ab8-b60b-a9887cab36c3',0,400000000,100156,1795523402600,1795523402600,'confirmed',1,1,NULL,NULL,0,1);
INSERT INTO "payments" VALUES('96137a814815627326ea8c84f4f7a835ab985fb1c13451d0f8df5df86c4b81f7',0,'f1937e18-0b9e-42ac-982d-bf856522fe93',0,1100000000,100178,1795523402800,1795523402800,'withdrawn',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('d5b04fc7830f03beefa1bff5c36d5eddf955d90a2fad49a82691baeed1906edb',0,'f1937e18-0b9e-42ac-982d-bf856522fe93',1,1100000000,100190,1795523433250,1795523433250,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',0,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',0,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',1,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',1,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',2,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',2,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',3,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',3,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',4,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',4,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',5,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',5,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',6,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',6,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',7,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',7,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',8,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',8,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',9,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',9,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',10,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',10,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',11,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',11,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',12,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',12,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',13,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',13,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',14,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',14,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',15,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',15,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',16,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',16,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',17,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',17,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',18,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',18,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',19,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',19,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',20,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',20,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',21,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',21,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',22,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',22,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',23,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',23,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',24,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',24,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',25,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',25,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',26,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',26,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',27,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',27,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',28,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',28,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',29,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',29,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',30,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',30,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',31,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',31,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',32,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',32,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',33,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',33,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',34,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',34,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',35,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',35,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',36,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',36,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',37,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',37,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',38,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',38,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',39,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',39,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',40,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',40,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',41,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',41,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',42,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',42,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',43,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',43,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',44,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',44,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',45,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',45,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',46,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',46,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',47,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',47,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',48,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',48,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',49,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',49,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',50,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',50,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',51,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',51,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',52,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',52,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',53,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',53,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',54,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',54,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',55,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',55,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',56,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',56,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',57,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',57,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',58,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',58,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',59,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',59,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',60,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',60,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',61,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',61,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',62,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',62,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',63,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',63,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',64,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',64,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',65,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',65,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',66,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',66,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',67,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',67,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',68,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',68,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',69,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',69,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',70,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',70,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',71,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',71,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',72,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',72,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',73,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',73,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',74,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',74,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',75,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',75,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',76,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',76,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',77,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',77,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',78,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',78,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',79,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',79,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',80,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',80,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',81,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',81,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',82,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',82,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',83,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',83,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',84,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',84,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',85,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',85,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',86,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',86,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',87,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',87,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',88,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',88,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',89,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',89,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',90,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',90,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',91,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',91,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',92,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',92,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',93,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',93,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',94,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',94,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',95,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',95,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',96,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',96,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',97,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',97,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',98,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',98,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',99,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',99,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',100,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',100,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',101,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',101,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',102,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',102,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',103,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',103,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',104,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',104,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',105,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',105,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',106,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',106,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',107,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',107,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',108,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',108,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',109,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',109,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',110,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',110,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',111,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',111,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',112,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',112,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',113,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',113,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',114,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',114,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',115,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',115,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',116,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',116,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',117,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',117,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',118,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',118,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',119,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',119,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',120,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',120,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',121,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',121,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',122,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',122,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',123,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',123,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',124,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',124,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',125,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',125,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',126,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',126,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',127,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',127,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',128,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',128,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',129,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',129,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',130,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',130,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',131,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',131,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',132,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',132,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',133,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',133,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',134,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',134,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',135,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',135,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',136,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',136,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',137,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',137,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',138,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',138,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',139,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',139,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',140,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',140,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',141,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',141,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',142,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',142,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',143,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',143,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',144,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',144,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',145,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',145,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',146,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',146,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',147,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',147,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',148,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',148,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',149,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',149,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',150,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',150,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',151,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',151,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',152,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',152,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',153,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',153,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',154,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',154,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',155,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',155,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',156,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',156,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',157,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',157,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',158,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',158,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',159,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',159,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',160,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',160,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',161,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',161,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',162,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',162,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',163,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',163,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',164,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',164,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',165,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',165,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',166,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',166,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',167,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',167,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',168,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',168,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',169,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',169,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',170,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',170,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',171,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',171,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',172,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',172,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',173,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',173,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',174,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',174,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',175,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',175,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',176,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',176,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',177,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',177,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',178,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',178,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',179,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',179,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',180,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',180,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',181,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',181,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',182,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',182,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',183,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',183,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',184,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',184,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',185,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',185,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',186,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',186,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',187,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',187,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',188,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',188,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',189,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',189,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',190,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',190,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',191,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',191,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',192,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',192,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',193,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',193,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',194,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',194,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',195,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',195,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',196,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',196,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',197,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',197,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',198,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',198,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',199,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',199,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',200,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',200,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',201,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',201,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',202,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',202,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',203,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',203,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',204,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',204,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',205,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a',205,20000000,100220,1795531859800,1795531859800,'confirmed',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('632f3c7a9bd98f09f1d63a1ce9bc41c81dee3c085d9ea58c05e2c49772d825f6',0,'1d66f946-49f7-4312-ad15-e741c6a4238e',0,400000000,100240,1795531920050,1795531920050,'accepted',0,1,NULL,NULL,0,0);
INSERT INTO "payments" VALUES('377cbe286c193563ce1f80ec12cc5933a4d243309c4232c8d3ce4286fe533a6c',0,'2573b080-92ad-410a-a44b-07c2b3fbdade',0,1500000000,100242,1795531920100,1795531920100,'accepted',0,1,NULL,NULL,0,0);
CREATE TABLE receipt_days (
    merchant_id TEXT NOT NULL,
    day BIGINT NOT NULL,
    payments BIGINT NOT NULL CHECK (payments BETWEEN 0 AND 9223372036854775807),
    -- In sompi: carried * 10^18 + amount.
    amount BIGINT NOT NULL CHECK (amount BETWEEN 0 AND 999999999999999999),
    carried BIGINT NOT NULL CHECK (carried BETWEEN 0 AND 9223372036854775807),
    PRIMARY KEY (merchant_id, day)
) WITHOUT ROWID;
INSERT INTO "receipt_days" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW',20780,7,78389054908,0);
INSERT INTO "receipt_days" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW',20781,5,3300000000,0);
INSERT INTO "receipt_days" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHC',20781,1,1100000000,0);
INSERT INTO "receipt_days" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,206,4120000000,0);
CREATE TABLE receipts (
    merchant_id TEXT NOT NULL,
    day BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    tx_id TEXT NOT NULL,
    output_index BIGINT NOT NULL,
    session_id TEXT NOT NULL,
    PRIMARY KEY (merchant_id, day, amount, tx_id, output_index)
) WITHOUT ROWID;
INSERT INTO "receipts" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW',20780,400000001,'0c2d6db64cdef901271cd98f43f532d318b75d61ea26436d41965319ce929cb2',0,'76015a4f-7014-41ea-89f7-85f61516fc47');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW',20780,550000000,'e56816a5465790996f16c587b3f0258421429661c56ce73f87de9129cb577ab4',0,'27e68811-1570-4935-aa41-7491dba0938e');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW',20780,760000000,'cdb354ca788482680c2a03fa83ac0a010b5bee8ab14692042dc38cc7542f901b',0,'2e2b8219-1c6a-4e79-bb26-f3738722b9c5');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW',20780,1000000000,'fc1a82883ca0849ee7688ad9e6360944a524292f093d26de5fb4ea69ae354a29',0,'fb2a1005-b3e0-4f5c-bd23-30c21f527302');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW',20780,1200000000,'96569de76b62ad105840f32e4dc3727800a51f5e72551782253650e9acc517e5',0,'3c6fed45-a086-45e2-ad46-c29c52426769');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW',20780,2000000000,'22b68d457bfc3b5adbbdd6fd06e71d959d05e50a2bd36042951483265818ee2b',0,'27e68811-1570-4935-aa41-7491dba0938e');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW',20780,72479054907,'b277df78c0f483e61979fd1e5fe687ed19e72265b365eb885971b83e5263ed3a',0,'0b2ea73b-2d56-4984-a20f-a720227a3d3f');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW',20781,100000000,'3384d260dcab2415c1a2f4395b42ee66e964580af985c17d5113ffb062205d0b',0,'61182983-2e4c-437f-a11a-862172d56cc3');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW',20781,400000000,'632f3c7a9bd98f09f1d63a1ce9bc41c81dee3c085d9ea58c05e2c49772d825f6',0,'1d66f946-49f7-4312-ad15-e741c6a4238e');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW',20781,400000000,'c45305c9d90bfb1d6f5b397d7ca4cfe2ffec966658e2eef44a3ed1e32d6d2f0f',0,'fd26013a-cef7-4ab8-b60b-a9887cab36c3');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW',20781,900000000,'e433bf3bc8890b3e166e4c8e490914018ff3364bac6d2989cedcb848c9da1868',0,'d6d937b3-a06b-4802-9648-bd2ea51e2b57');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW',20781,1500000000,'377cbe286c193563ce1f80ec12cc5933a4d243309c4232c8d3ce4286fe533a6c',0,'2573b080-92ad-410a-a44b-07c2b3fbdade');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHC',20781,1100000000,'d5b04fc7830f03beefa1bff5c36d5eddf955d90a2fad49a82691baeed1906edb',0,'f1937e18-0b9e-42ac-982d-bf856522fe93');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',0,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',1,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',2,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',3,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',4,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',5,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',6,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',7,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',8,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',9,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',10,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',11,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',12,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',13,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',14,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',15,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',16,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',17,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',18,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',19,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',20,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',21,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',22,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',23,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',24,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',25,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',26,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',27,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',28,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',29,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',30,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',31,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',32,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',33,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',34,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',35,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',36,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',37,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',38,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',39,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',40,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',41,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',42,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',43,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',44,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',45,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',46,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',47,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',48,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',49,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',50,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',51,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',52,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',53,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',54,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',55,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',56,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',57,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',58,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',59,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',60,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',61,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',62,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',63,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',64,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',65,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',66,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',67,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',68,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',69,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',70,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',71,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',72,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',73,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',74,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',75,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',76,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',77,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',78,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',79,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',80,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',81,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',82,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',83,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',84,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',85,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',86,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',87,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',88,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',89,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',90,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',91,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',92,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',93,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',94,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',95,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',96,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',97,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',98,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',99,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',100,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',101,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',102,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',103,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',104,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',105,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',106,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',107,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',108,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',109,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',110,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',111,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',112,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',113,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',114,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',115,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',116,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',117,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',118,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',119,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',120,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',121,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',122,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',123,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',124,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',125,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',126,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',127,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',128,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',129,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',130,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',131,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',132,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',133,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',134,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',135,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',136,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',137,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',138,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',139,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',140,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',141,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',142,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',143,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',144,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',145,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',146,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',147,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',148,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',149,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',150,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',151,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',152,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',153,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',154,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',155,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',156,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',157,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',158,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',159,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',160,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',161,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',162,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',163,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',164,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',165,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',166,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',167,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',168,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',169,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',170,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',171,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',172,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',173,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',174,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',175,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',176,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',177,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',178,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',179,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',180,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',181,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',182,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',183,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',184,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',185,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',186,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',187,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',188,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',189,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',190,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',191,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',192,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',193,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',194,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',195,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',196,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',197,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',198,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',199,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',200,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',201,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',202,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',203,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',204,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "receipts" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,20000000,'64e9147f042682489f2fb4965193d9dc67280bcd41b3c005f63d68ec1ba4091f',205,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
CREATE TABLE recovery_codes (
    merchant_id TEXT NOT NULL REFERENCES password_logins (merchant_id) ON DELETE CASCADE,
    -- SHA-256; the row goes when the code is used.
    code_hash TEXT NOT NULL,
    PRIMARY KEY (merchant_id, code_hash)
);
INSERT INTO "recovery_codes" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','161edf4ba32aefb409f8de6492257f708d7f9cd410ab36ac3e6d50a062425769');
INSERT INTO "recovery_codes" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','075f65279021876264fbdfe2c27bb8b891cf76303584581b89313e53e6995ed8');
INSERT INTO "recovery_codes" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','a02f4d8d6e7ff03d777899362ccafa7e5b75188de5416018439181d498fd51d9');
INSERT INTO "recovery_codes" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','9cc92776293647b012e7244b75a82009016a364176010b4162af04e9fafbc3fe');
INSERT INTO "recovery_codes" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','ebcbd6260178fc0c1d373371807897e1eebf8fabb3dea08c8f71c15a3dc1afe5');
INSERT INTO "recovery_codes" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','10892d83f5823022d55a16ecdb27c2854ef740c4d6cd4a28e50f6121617ab9cc');
INSERT INTO "recovery_codes" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','1718b981ab24c37f33a33177fe64db270192b406b777aaa2c88804285dc540a2');
INSERT INTO "recovery_codes" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','88d768a22f0229666b1444f7581bc7482ec05f28cdc18b903a1511331185a630');
INSERT INTO "recovery_codes" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','0438b0b846340b89a8e1f9f3c08c8db49425c13c57936235633ffba1eacdcd7a');
INSERT INTO "recovery_codes" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','bb006c3defe4d4c9b0f452f66a5e7dd5567175b0643da4cc1fab8218a6c1bb3a');
CREATE TABLE schema_migrations (
        number BIGINT PRIMARY KEY NOT NULL,
        name TEXT NOT NULL,
        checksum TEXT NOT NULL,
        applied_at BIGINT NOT NULL
    );
INSERT INTO "schema_migrations" VALUES(1,'0001_initial.sql','57304bc18094ba53a64bab29f6abdcfcf9cebc65208c7e5c0e465785001a1c7e',1796110289575);
INSERT INTO "schema_migrations" VALUES(2,'0002_append_only_events.sql','2e7fdb74dbd84824e79e6d6c2d90873bf4bd54c8efe0f44b073e128fbaad1fd0',1796110289576);
INSERT INTO "schema_migrations" VALUES(3,'0003_decisions_and_policy.sql','f524b85bde4336461257128aad332f9fa8a8250576cfd88ce13afcc19bc4438a',1796110289576);
INSERT INTO "schema_migrations" VALUES(4,'0004_append_only_audit.sql','d035dc1d44eae2a5c762efe14b3940d679fe92c3946540c69714f0a9e2a95a84',1796110289583);
INSERT INTO "schema_migrations" VALUES(5,'0005_chain_gaps.sql','961f12b38aa9bbcd01674fc2618a29acf490c5b1ee95814a158d522af4adac49',1796110289583);
INSERT INTO "schema_migrations" VALUES(6,'0006_reports.sql','b3df96601a778b69df2c21c9e98e37549ada8ec3339a7b00aa64493f6af35493',1796110289583);
INSERT INTO "schema_migrations" VALUES(7,'0007_idempotency_keys.sql','0a43015b27850f9d603ac04813beac26628b651ec7f83927211ef4cf6dcbdbce',1796110289585);
INSERT INTO "schema_migrations" VALUES(8,'0008_dashboard.sql','4f2135c7e7ae657cac443c5239a3e03d0f9f8b141d3c02d37579f6e41dc197ab',1796110289585);
INSERT INTO "schema_migrations" VALUES(9,'0009_passwords.sql','b0fe305b55b824b4fb1f77270e6bcd9498355f86f25d6d802131079fdb70f4de',1796110289585);
INSERT INTO "schema_migrations" VALUES(10,'0010_keys_and_rules.sql','f7116a122307c0698614994fdfffb46eb53ed4bac4a1d0b334376dc922d672de',1796110289587);
INSERT INTO "schema_migrations" VALUES(11,'0011_session_sums.sql','9f82da20acff68b8c70d5d7e7af741a2e82bbd5ebce8381c9a85f9b2754d6fc8',1796110289589);
INSERT INTO "schema_migrations" VALUES(12,'0012_event_sequence.sql','dbdaf0ee3365a91c41f38b9bc5cef08390be9c9951ad64c9c39c0c8d6a0dddcb',1796110289590);
INSERT INTO "schema_migrations" VALUES(13,'0013_attention.sql','1f8017955c0dcf610b87cf8055239aaefa70f2b253de2b641b75e735512d68e0',1796110289592);
INSERT INTO "schema_migrations" VALUES(14,'0014_warnings.sql','b29a709fc50e6810c0ca399d4b856eb60af41a45f2ad4ae7a41ec9842bbde7c4',1796110289593);
INSERT INTO "schema_migrations" VALUES(15,'0015_payments_beyond_memory.sql','416da6646b95ca67617030d50b299df866ad60f092e4d30f15551798474a338c',1796110289593);
INSERT INTO "schema_migrations" VALUES(16,'0016_payment_times.sql','fbcf6132c335b9a5b70f5998e46d742866ff5ebfe6741685efae710fb8077f79',1796110289598);
INSERT INTO "schema_migrations" VALUES(17,'0017_whole_sums.sql','11dd851b7b8fe80c4f3e31dfd03312534f039bafc5c8cbfeb6a09bb2755ac134',1796110289600);
INSERT INTO "schema_migrations" VALUES(18,'0018_sign_in_links.sql','a36fe294360bb9bbbe7c5ac978397f72f6c0f81fece42fbd6af8f05d511d863f',1796110289600);
CREATE TABLE session_days (
    merchant_id TEXT NOT NULL,
    day BIGINT NOT NULL,
    status TEXT NOT NULL,
    sessions BIGINT NOT NULL CHECK (sessions >= 0),
    PRIMARY KEY (merchant_id, day, status)
) WITHOUT ROWID;
INSERT INTO "session_days" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW',20780,'confirmed',6);
INSERT INTO "session_days" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW',20780,'confirming',0);
INSERT INTO "session_days" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW',20780,'expired',4);
INSERT INTO "session_days" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW',20780,'failed',1);
INSERT INTO "session_days" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW',20780,'pending',0);
INSERT INTO "session_days" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW',20781,'confirmed',1);
INSERT INTO "session_days" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW',20781,'confirming',1);
INSERT INTO "session_days" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW',20781,'expired',0);
INSERT INTO "session_days" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW',20781,'pending',2);
INSERT INTO "session_days" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHC',20781,'confirmed',1);
INSERT INTO "session_days" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHC',20781,'confirming',0);
INSERT INTO "session_days" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHC',20781,'created',1);
INSERT INTO "session_days" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHC',20781,'pending',1);
INSERT INTO "session_days" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE',20781,'pending',2);
CREATE TABLE session_words (
    merchant_id TEXT NOT NULL,
    word TEXT NOT NULL,
    -- The session's creation time, so that matches are put in order without reading sessions.
    created_at BIGINT NOT NULL,
    session_id TEXT NOT NULL,
    PRIMARY KEY (merchant_id, word, created_at, session_id)
) WITHOUT ROWID;
INSERT INTO "session_words" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW','1',1795424400250,'fb2a1005-b3e0-4f5c-bd23-30c21f527302');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW','10',1795424401600,'9436c955-c446-44c7-85c7-1a9f519df306');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW','11',1795424401650,'11450aa0-6ece-4883-b4ce-1a800b8d3e3f');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW','12',1795518002350,'fd26013a-cef7-4ab8-b60b-a9887cab36c3');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW','2',1795424400450,'27e68811-1570-4935-aa41-7491dba0938e');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW','20',1795531919950,'af064cdb-4e7c-4973-acea-43a276d37295');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW','21',1795531920000,'1d66f946-49f7-4312-ad15-e741c6a4238e');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW','22',1795531920100,'2573b080-92ad-410a-a44b-07c2b3fbdade');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW','3',1795424400700,'76015a4f-7014-41ea-89f7-85f61516fc47');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW','4',1795424400900,'0b2ea73b-2d56-4984-a20f-a720227a3d3f');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW','5',1795424401100,'2e2b8219-1c6a-4e79-bb26-f3738722b9c5');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW','6',1795424401350,'f0b8c358-773d-4b1e-9517-b7741fb29fed');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW','7',1795424401400,'d6d937b3-a06b-4802-9648-bd2ea51e2b57');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW','8',1795424401450,'61182983-2e4c-437f-a11a-862172d56cc3');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW','9',1795424401500,'3c6fed45-a086-45e2-ad46-c29c52426769');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW','order',1795424400250,'fb2a1005-b3e0-4f5c-bd23-30c21f527302');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW','order',1795424400450,'27e68811-1570-4935-aa41-7491dba0938e');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW','order',1795424400700,'76015a4f-7014-41ea-89f7-85f61516fc47');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW','order',1795424400900,'0b2ea73b-2d56-4984-a20f-a720227a3d3f');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW','order',1795424401100,'2e2b8219-1c6a-4e79-bb26-f3738722b9c5');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW','order',1795424401350,'f0b8c358-773d-4b1e-9517-b7741fb29fed');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW','order',1795424401400,'d6d937b3-a06b-4802-9648-bd2ea51e2b57');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW','order',1795424401450,'61182983-2e4c-437f-a11a-862172d56cc3');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW','order',1795424401500,'3c6fed45-a086-45e2-ad46-c29c52426769');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW','order',1795424401600,'9436c955-c446-44c7-85c7-1a9f519df306');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW','order',1795424401650,'11450aa0-6ece-4883-b4ce-1a800b8d3e3f');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW','order',1795518002350,'fd26013a-cef7-4ab8-b60b-a9887cab36c3');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW','order',1795531919950,'af064cdb-4e7c-4973-acea-43a276d37295');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW','order',1795531920000,'1d66f946-49f7-4312-ad15-e741c6a4238e');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW','order',1795531920100,'2573b080-92ad-410a-a44b-07c2b3fbdade');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTH06X4VGFW4AWXYGW','sky',1795424400250,'fb2a1005-b3e0-4f5c-bd23-30c21f527302');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','13',1795523402750,'f1937e18-0b9e-42ac-982d-bf856522fe93');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','23',1795531920150,'26f77b3e-78cb-41bc-ba5d-3b0c621cb77a');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','24',1795531920250,'a00f7f59-e30b-4e18-ad58-408a866be427');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','order',1795523402750,'f1937e18-0b9e-42ac-982d-bf856522fe93');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','order',1795531920150,'26f77b3e-78cb-41bc-ba5d-3b0c621cb77a');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','order',1795531920250,'a00f7f59-e30b-4e18-ad58-408a866be427');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE','14',1795531859750,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE','15',1795531859900,'7f320c5e-7168-4f4c-8e70-fc1c580d1a86');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE','order',1795531859750,'320a2ef4-c82b-4c4a-b4e8-60cd241c491a');
INSERT INTO "session_words" VALUES('mer_01M83T4CVTTNQ4G3AFM2Q5QPHE','order',1795531859900,'7f320c5e-7168-4f4c-8e70-fc1c580d1a86');
CREATE TABLE sessions (
    id TEXT PRIMARY KEY NOT NULL,
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    account_key TEXT NOT NULL REFERENCES account_keys (fingerprint),
    address TEXT NOT NULL UNIQUE,
    address_index BIGINT NOT NULL CHECK (address_index >= 0),
    amount BIGINT NOT NULL CHECK (amount > 0),
    required_confirmations BIGINT NOT NULL CHECK (required_confirmations > 0),
    status TEXT NOT NULL,
    -- Whether it needs an actor: open, or with a payment that is not settled.
    active SMALLINT NOT NULL CHECK (active IN (0, 1)),
    cancelled SMALLINT NOT NULL CHECK (cancelled IN (0, 1)),
    tx_id TEXT,
    -- The required number once confirmed, else 0: progress is derived from scores, never stored.
    confirmations BIGINT NOT NULL,
    order_id TEXT,
    -- A JSON object of strings.
    metadata TEXT,
    redirect_url TEXT,
    subscription_token TEXT NOT NULL,
    created_daa_score BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    paid_at BIGINT,
    confirmed_at BIGINT,
    closed_at BIGINT,
    version BIGINT NOT NULL, tolerance BIGINT NOT NULL DEFAULT 0
    CHECK (tolerance >= 0), needs_attestation SMALLINT NOT NULL DEFAULT 0
    CHECK (needs_attestation IN (0, 1)), fiat TEXT, late_acceptance_ms BIGINT NOT NULL DEFAULT 0
    CHECK (late_acceptance_ms >= 0), received BIGINT NOT NULL DEFAULT 0, paid_state TEXT NOT NULL DEFAULT 'none', late SMALLINT NOT NULL DEFAULT 0, payments_total BIGINT NOT NULL DEFAULT 0, events_told BIGINT NOT NULL DEFAULT 0, attended BIGINT, reverted SMALLINT NOT NULL DEFAULT 0, attention SMALLINT NOT NULL DEFAULT 0,
    UNIQUE (account_key, address_index)
);
INSERT INTO "sessions" VALUES('fb2a1005-b3e0-4f5c-bd23-30c21f527302','mer_01M83T4CVTH06X4VGFW4AWXYGW','a388b2dfff28a5f439e73c3d020d42d39dbe4f216099353ff525cb0c4d6428e9','kaspasim:qqzrk3a4acjla3zc9ngr37u4grtkr0k0mqf6qhmd9lteks00av6ass27ptvdg',0,1000000000,10,'confirmed',0,0,'fc1a82883ca0849ee7688ad9e6360944a524292f093d26de5fb4ea69ae354a29',10,'order-1','{"colour":"sky ☃"}','https://s.example/','VzIBaoNkRTy_790jgsD0WyEq1sy0XFdCztlkPPLLnNY',100020,1795424400250,1795426200250,1795424400300,1795424400350,1795424400350,2,0,0,NULL,0,1000000000,'exact',0,1,3,NULL,0,0);
INSERT INTO "sessions" VALUES('27e68811-1570-4935-aa41-7491dba0938e','mer_01M83T4CVTH06X4VGFW4AWXYGW','a388b2dfff28a5f439e73c3d020d42d39dbe4f216099353ff525cb0c4d6428e9','kaspasim:qrqjaalxdcvuhjqhf8nuzkhxvdj7xv7tp3zlea689p8vh8hczvdt7juz89dza',1,2550000000,10,'confirmed',0,0,'22b68d457bfc3b5adbbdd6fd06e71d959d05e50a2bd36042951483265818ee2b',10,'order-2',NULL,NULL,'h3iMpCWECXLQ5KTV7qg9xvOcJqGfh4CePcxCGx9Gzrc',100043,1795424400450,1795426200450,1795424400550,1795424400650,1795424400650,6,0,0,NULL,0,2550000000,'exact',0,2,4,NULL,0,0);
INSERT INTO "sessions" VALUES('76015a4f-7014-41ea-89f7-85f61516fc47','mer_01M83T4CVTH06X4VGFW4AWXYGW','a388b2dfff28a5f439e73c3d020d42d39dbe4f216099353ff525cb0c4d6428e9','kaspasim:qp5rg6m5jxy90fuc5x7twygfyrfd4ttvgtfdsvdqamg2ztgwrw62qgcmewvah',2,300000000,10,'confirmed',0,0,'0c2d6db64cdef901271cd98f43f532d318b75d61ea26436d41965319ce929cb2',10,'order-3',NULL,NULL,'Sp6rQBqfvrRtamCL6aTgqIe-decTn4SXM59kD3R8AxI',100068,1795424400700,1795426200700,1795424400750,1795424400800,1795424400800,3,0,0,NULL,0,400000001,'over',0,1,4,NULL,0,4);
INSERT INTO "sessions" VALUES('0b2ea73b-2d56-4984-a20f-a720227a3d3f','mer_01M83T4CVTH06X4VGFW4AWXYGW','a388b2dfff28a5f439e73c3d020d42d39dbe4f216099353ff525cb0c4d6428e9','kaspasim:qpsha4x2s62tlf4g7ydrmghwn272twlw60uwsf8u8u5w0qm5rmwqkemq5yvns',3,72479054907,10,'confirmed',0,0,'b277df78c0f483e61979fd1e5fe687ed19e72265b365eb885971b83e5263ed3a',10,'order-4',NULL,NULL,'YILIEi2EVPNmg_tq_5iRZq9rrsUCNfRIA_nI08jsR-8',100091,1795424400900,1795426200900,1795424400950,1795424401000,1795424401000,2,0,0,'{"value":"19.99","currency":"EUR","rate":"0.0275803817058","sources":["bybit","gate","kaspa","kraken","kucoin","mexc"],"at":1795424400200}',0,72479054907,'exact',0,1,3,NULL,0,0);
INSERT INTO "sessions" VALUES('2e2b8219-1c6a-4e79-bb26-f3738722b9c5','mer_01M83T4CVTH06X4VGFW4AWXYGW','a388b2dfff28a5f439e73c3d020d42d39dbe4f216099353ff525cb0c4d6428e9','kaspasim:qppjqf3axf4zwgn9dnxg6zmeh4suyxzft0mpycs26lq86avtp0yhx9h3mmpgg',4,800000000,5,'confirmed',0,0,'cdb354ca788482680c2a03fa83ac0a010b5bee8ab14692042dc38cc7542f901b',5,'order-5',NULL,NULL,'dHBrnK0xar4YO6uDDI5yXmFCzpSVnYRJiuJ37WxlRiA',100114,1795424401100,1795428001100,1795424401150,1795424401200,1795424401200,2,50000000,0,NULL,7200000,760000000,'partial',0,1,3,NULL,0,0);
INSERT INTO "sessions" VALUES('f0b8c358-773d-4b1e-9517-b7741fb29fed','mer_01M83T4CVTH06X4VGFW4AWXYGW','a388b2dfff28a5f439e73c3d020d42d39dbe4f216099353ff525cb0c4d6428e9','kaspasim:qr08f73p5j6ru7f5w59nzml6esay7e65sg6szdp4kueummyfghp0cerxqjfw5',5,700000000,5,'expired',0,0,NULL,0,'order-6',NULL,NULL,'ndjOF6Xy8NpolELTLJzU_LsWLh4p8IQ3hO_FzNWwj98',100140,1795424401350,1795428001350,NULL,NULL,1795431601950,1,50000000,0,NULL,7200000,0,'none',0,0,2,NULL,0,0);
INSERT INTO "sessions" VALUES('d6d937b3-a06b-4802-9648-bd2ea51e2b57','mer_01M83T4CVTH06X4VGFW4AWXYGW','a388b2dfff28a5f439e73c3d020d42d39dbe4f216099353ff525cb0c4d6428e9','kaspasim:qz2r2lg2exnd44ftq22zkec7ekc5x56wk8f0zr3jcxrms4gpu2gd589lyfz9z',6,900000000,5,'expired',0,0,NULL,0,'order-7',NULL,NULL,'JQofpxzZ9IJW7E5zFfV29KBzuZBRh0lIek7HK3sUNWA',100140,1795424401400,1795428001400,NULL,NULL,1795431601950,4,50000000,0,NULL,7200000,900000000,'exact',1,1,3,NULL,0,1);
INSERT INTO "sessions" VALUES('61182983-2e4c-437f-a11a-862172d56cc3','mer_01M83T4CVTH06X4VGFW4AWXYGW','a388b2dfff28a5f439e73c3d020d42d39dbe4f216099353ff525cb0c4d6428e9','kaspasim:qrzts8xv6l49kqffuhzktqpmnjatjs844hdq59m79ju27999yh9tsqyxck6su',7,200000000,5,'expired',0,0,NULL,0,'order-8',NULL,NULL,'-Wq4poV3Z-DFE4F9OcaxXI1pUmNS-IHf-h440Vz_m6s',100140,1795424401450,1795428001450,NULL,NULL,1795431601950,5,50000000,0,NULL,7200000,100000000,'partial',1,1,3,100000000,0,0);
INSERT INTO "sessions" VALUES('3c6fed45-a086-45e2-ad46-c29c52426769','mer_01M83T4CVTH06X4VGFW4AWXYGW','a388b2dfff28a5f439e73c3d020d42d39dbe4f216099353ff525cb0c4d6428e9','kaspasim:qzy86dvqffr6u4m4ueq6yy8wxl2qfha005cuczrm852z873tk6ycv9sum8cp4',8,3000000000,5,'confirmed',0,0,'96569de76b62ad105840f32e4dc3727800a51f5e72551782253650e9acc517e5',5,'order-9',NULL,NULL,'1tMmWnKz4oHzDXAA_M4daOad-Kcu7w3Lg5eVuTeLNGo',100140,1795424401500,1795428001500,1795424401550,1795431602000,1795431602000,5,50000000,0,NULL,7200000,1200000000,'partial',0,1,4,1200000000,0,0);
INSERT INTO "sessions" VALUES('9436c955-c446-44c7-85c7-1a9f519df306','mer_01M83T4CVTH06X4VGFW4AWXYGW','a388b2dfff28a5f439e73c3d020d42d39dbe4f216099353ff525cb0c4d6428e9','kaspasim:qqxw3nnq4d0y3klynxf9w8t2c6gfqdh7pwk6a200xuth5jupmll0xf4xasler',9,600000000,5,'failed',0,0,NULL,0,'order-10',NULL,NULL,'nnQ9pJsUdD21vjHQ7LSXzAZSqa4Uc5wTVhx0jo6Jv1g',100142,1795424401600,1795428001600,NULL,NULL,1795424401650,1,50000000,0,NULL,7200000,0,'none',0,0,2,NULL,0,0);
INSERT INTO "sessions" VALUES('11450aa0-6ece-4883-b4ce-1a800b8d3e3f','mer_01M83T4CVTH06X4VGFW4AWXYGW','a388b2dfff28a5f439e73c3d020d42d39dbe4f216099353ff525cb0c4d6428e9','kaspasim:qq4hzrvj078hulneqa85c6gsugr6m8xzqkcwyedpk5fzka5jquc8j4zzfvyl6',10,500000000,5,'expired',0,1,NULL,0,'order-11',NULL,NULL,'DwxbkyA9d6Ev_I6ndgcyeMIcv16y4Nb1DizZtuLoC-o',100142,1795424401650,1795428001650,NULL,NULL,1795424401700,1,50000000,0,NULL,7200000,0,'none',0,0,2,NULL,0,0);
INSERT INTO "sessions" VALUES('fd26013a-cef7-4ab8-b60b-a9887cab36c3','mer_01M83T4CVTH06X4VGFW4AWXYGW','a388b2dfff28a5f439e73c3d020d42d39dbe4f216099353ff525cb0c4d6428e9','kaspasim:qqa5j89yng2vp0w9mzd5s03k36sm4tulvty8y6awz842n3n49dxjw5mycnxxt',11,400000000,5,'confirmed',0,0,'c45305c9d90bfb1d6f5b397d7ca4cfe2ffec966658e2eef44a3ed1e32d6d2f0f',5,'order-12',NULL,NULL,'JdNxUl1fYRogvuf1MVczckfFicg2O9pdAQ4g4UI1f7Q',100152,1795518002350,1795521602350,1795523402600,1795523402650,1795523402650,3,50000000,0,NULL,7200000,400000000,'exact',1,1,5,NULL,0,0);
INSERT INTO "sessions" VALUES('f1937e18-0b9e-42ac-982d-bf856522fe93','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','50fd5e5a676c895233411658352ed8eb86d71eaee0d796909884035f4cdfd14f','kaspasim:qptucn5rr0qzn4fkp42jsxxvfxvfuvqf5lzl02rsx6k2r3p3pwzjs33p2094g',0,1100000000,10,'confirmed',0,0,'d5b04fc7830f03beefa1bff5c36d5eddf955d90a2fad49a82691baeed1906edb',10,'order-13',NULL,NULL,'m-5WCK7bfaVoPzpnzFHuqenvFl8UuDTVCQ4Z28HMrn8',100178,1795523402750,1795525202750,1795523433250,1795523433300,1795523433300,6,0,0,NULL,0,1100000000,'exact',0,2,5,NULL,1,0);
INSERT INTO "sessions" VALUES('320a2ef4-c82b-4c4a-b4e8-60cd241c491a','mer_01M83T4CVTTNQ4G3AFM2Q5QPHE','6b22c771c80cf7ba43061aad508769858f3c87737a38201041441f5050bfdc9a','kaspasim:qpu92skxut9ltmj2pugjfnac6zs4npmjzqura2e4dfu29clqltu95wpkfknaz',0,10000000000,10,'pending',1,0,NULL,0,'order-14',NULL,NULL,'L6O4mVnIKiEu6BXar6tBCG-6JG71NWKNmirBMLIZDwg',100219,1795531859750,1795533659750,NULL,NULL,NULL,8,0,0,NULL,0,4120000000,'partial',0,206,8,NULL,0,0);
INSERT INTO "sessions" VALUES('7f320c5e-7168-4f4c-8e70-fc1c580d1a86','mer_01M83T4CVTTNQ4G3AFM2Q5QPHE','51b9cb123444c1231d84a6407415dc10dd4df15181e04a362e910a02aa80f5d5','kaspasim:qqd6e65yefepe9wk0m9vuxdufxd80sphy67gwwd0vdaumzdt4tc9s7skwr78y',0,600000000,10,'pending',1,0,NULL,0,'order-15',NULL,NULL,'GLjgEK7b6cR9sk48c5GddrFsc9UGBkQ5LTfFyw_Ln8I',100240,1795531859900,1795533659900,NULL,NULL,NULL,0,0,0,NULL,0,0,'none',0,0,1,NULL,0,0);
INSERT INTO "sessions" VALUES('af064cdb-4e7c-4973-acea-43a276d37295','mer_01M83T4CVTH06X4VGFW4AWXYGW','a388b2dfff28a5f439e73c3d020d42d39dbe4f216099353ff525cb0c4d6428e9','kaspasim:qzsmx9nput8kgckwahm2q3e6rqcz3fqfhngsxkwjm9wmshfh0zexztrwhzlyg',12,1300000000,5,'pending',1,0,NULL,0,'order-20',NULL,NULL,'Dkw8bF8Gwj0XnyXW7srqObeQn69_f66-XkTK2-YJlV0',100240,1795531919950,1795535519950,NULL,NULL,NULL,0,50000000,0,NULL,7200000,0,'none',0,0,1,NULL,0,0);
INSERT INTO "sessions" VALUES('1d66f946-49f7-4312-ad15-e741c6a4238e','mer_01M83T4CVTH06X4VGFW4AWXYGW','a388b2dfff28a5f439e73c3d020d42d39dbe4f216099353ff525cb0c4d6428e9','kaspasim:qqf8m670p77gpjsswnrtdk7w8fvex6rc9sy8ydp27z0c0krmtv4k5xl647w8e',13,1400000000,5,'pending',1,0,NULL,0,'order-21',NULL,NULL,'oVw4Djpy4R3q6YmPQJuvDnYQ_r7w1xKVFCGNNqsq1qY',100240,1795531920000,1795539120000,NULL,NULL,NULL,2,50000000,0,NULL,7200000,400000000,'partial',0,1,2,NULL,0,0);
INSERT INTO "sessions" VALUES('2573b080-92ad-410a-a44b-07c2b3fbdade','mer_01M83T4CVTH06X4VGFW4AWXYGW','a388b2dfff28a5f439e73c3d020d42d39dbe4f216099353ff525cb0c4d6428e9','kaspasim:qpqeyuv2nxapsdegm8lwnp7eecqrlmhwpwcwq9glsgvd5gwv8l5mwqsglnm63',14,1500000000,100,'confirming',1,0,'377cbe286c193563ce1f80ec12cc5933a4d243309c4232c8d3ce4286fe533a6c',0,'order-22',NULL,NULL,'wROzappmGZdYnS6tGZcZuleauDeIAdPlSh6W42QPVNo',100242,1795531920100,1795535520100,1795531920100,NULL,NULL,2,50000000,0,NULL,7200000,1500000000,'exact',0,1,2,NULL,0,0);
INSERT INTO "sessions" VALUES('26f77b3e-78cb-41bc-ba5d-3b0c621cb77a','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','50fd5e5a676c895233411658352ed8eb86d71eaee0d796909884035f4cdfd14f','kaspasim:qppxgpfgedjlmp72qjf2wqfclpe5kz93mw5fth77vf5uxvy5d40zqtnkn892z',1,1600000000,10,'pending',1,0,NULL,0,'order-23',NULL,NULL,'_h625z9xN_CEO1hnnGXWha1Wl8o4Ffo_gkUzREveXZg',100244,1795531920150,1795533720150,NULL,NULL,NULL,0,0,0,NULL,0,0,'none',0,0,1,NULL,0,0);
INSERT INTO "sessions" VALUES('a00f7f59-e30b-4e18-ad58-408a866be427','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','50fd5e5a676c895233411658352ed8eb86d71eaee0d796909884035f4cdfd14f','kaspasim:qqq04d49sg7yqzztj7y7qclcj263s9sg9swhynhu0svy94uz2j7hsgc3r9jxe',2,1700000000,10,'created',1,0,NULL,0,'order-24',NULL,NULL,'xmmB8V6AxuRjNFzMvxWxRUAzwoWywlo17eEsOye_Emo',NULL,1795531920250,1795533720250,NULL,NULL,NULL,0,0,0,NULL,0,0,'none',0,0,1,NULL,0,0);
CREATE TABLE sign_in_links (
    -- SHA-256 of what the link carries.
    token_hash TEXT PRIMARY KEY NOT NULL,
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    -- Of the API key that the session will depend on.
    api_key_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
INSERT INTO "sign_in_links" VALUES('5007176c9d65c656b5a685e7cd3f3ff754c278ea24df0a0d2084cdd39f9d6470','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','168505d9d2d233e002cb6df059e7019e8113da527547a3a977f1cf825b4c6dfb',1795531919950,1795532519950);
CREATE TABLE warnings (
    id TEXT PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    -- What it is about, such as the fingerprint of an account key; one open warning of each kind.
    subject TEXT NOT NULL,
    merchant_id TEXT REFERENCES merchants (id),
    text TEXT NOT NULL,
    -- Addresses of an account key that were given out and are no session's here: a range of indices.
    first_index BIGINT,
    end_index BIGINT,
    -- What was found out since, as a sentence.
    found TEXT,
    since BIGINT NOT NULL,
    acknowledged_at BIGINT
);
INSERT INTO "warnings" VALUES('wrn_1','marks_lost','marks',NULL,'They are missing.',NULL,NULL,NULL,1795531859950,NULL);
CREATE TABLE webhook_logs (
    id TEXT PRIMARY KEY NOT NULL,
    delivery_id TEXT NOT NULL UNIQUE REFERENCES events (id),
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    session_id TEXT NOT NULL REFERENCES sessions (id),
    event TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_retry_at BIGINT,
    status_code BIGINT,
    response TEXT,
    delivered_at BIGINT
, sequence BIGINT NOT NULL DEFAULT 0);
INSERT INTO "webhook_logs" VALUES('whl_01M83T4CVTWZPPFAEVABX2D38G','evt_01M83T4CVTWZPPFAEVABX2D38F','mer_01M83T4CVTH06X4VGFW4AWXYGW','fb2a1005-b3e0-4f5c-bd23-30c21f527302','payment.pending',1795424400250,'delivered',1,NULL,204,'',1795424400300,1);
INSERT INTO "webhook_logs" VALUES('whl_01M83T4CXCEBK6766G6F14M365','evt_01M83T4CXC5PN5YWR2K636XE68','mer_01M83T4CVTH06X4VGFW4AWXYGW','fb2a1005-b3e0-4f5c-bd23-30c21f527302','payment.confirming',1795424400300,'delivered',1,NULL,204,'',1795424400300,2);
INSERT INTO "webhook_logs" VALUES('whl_01M83T4CYYTGM8MA3YA851ZTK4','evt_01M83T4CYYPVSHD7BYXFQDV769','mer_01M83T4CVTH06X4VGFW4AWXYGW','fb2a1005-b3e0-4f5c-bd23-30c21f527302','payment.confirmed',1795424400350,'delivered',1,NULL,204,'',1795424400350,3);
INSERT INTO "webhook_logs" VALUES('whl_01M83T4D22TPRS9W9A12FZXMPM','evt_01M83T4D22AK1DVPVE6SJ77XWW','mer_01M83T4CVTH06X4VGFW4AWXYGW','27e68811-1570-4935-aa41-7491dba0938e','payment.pending',1795424400450,'delivered',1,NULL,204,'',1795424400500,1);
INSERT INTO "webhook_logs" VALUES('whl_01M83T4D3MQV7CF1QM5YHX1XGW','evt_01M83T4D3M9CYE185JCMD4B8FP','mer_01M83T4CVTH06X4VGFW4AWXYGW','27e68811-1570-4935-aa41-7491dba0938e','payment.partial',1795424400500,'delivered',1,NULL,204,'',1795424400500,2);
INSERT INTO "webhook_logs" VALUES('whl_01M83T4D56SPRTCH9YFNGZRS19','evt_01M83T4D56M72KXR2P8MGGEEYW','mer_01M83T4CVTH06X4VGFW4AWXYGW','27e68811-1570-4935-aa41-7491dba0938e','payment.confirming',1795424400550,'delivered',1,NULL,204,'',1795424400550,3);
INSERT INTO "webhook_logs" VALUES('whl_01M83T4D8AVDG9CAFPD27CCM9C','evt_01M83T4D8A7C8GNY319KQC5YA2','mer_01M83T4CVTH06X4VGFW4AWXYGW','27e68811-1570-4935-aa41-7491dba0938e','payment.confirmed',1795424400650,'delivered',1,NULL,204,'',1795424400650,4);
INSERT INTO "webhook_logs" VALUES('whl_01M83T4D9WVCV01X0ATKJR8K8G','evt_01M83T4D9WVCV01X0ATKJR8K8F','mer_01M83T4CVTH06X4VGFW4AWXYGW','76015a4f-7014-41ea-89f7-85f61516fc47','payment.pending',1795424400700,'delivered',1,NULL,204,'',1795424400750,1);
INSERT INTO "webhook_logs" VALUES('whl_01M83T4DBEXD26AHWWRM2A1JTP','evt_01M83T4DBECH5PHASSRNRGQJDJ','mer_01M83T4CVTH06X4VGFW4AWXYGW','76015a4f-7014-41ea-89f7-85f61516fc47','payment.confirming',1795424400750,'delivered',1,NULL,204,'',1795424400750,2);
INSERT INTO "webhook_logs" VALUES('whl_01M83T4DBEXD26AHWWRM2A1JTQ','evt_01M83T4DBECH5PHASSRNRGQJDK','mer_01M83T4CVTH06X4VGFW4AWXYGW','76015a4f-7014-41ea-89f7-85f61516fc47','payment.overpaid',1795424400750,'delivered',1,NULL,204,'',1795424400750,3);
INSERT INTO "webhook_logs" VALUES('whl_01M83T4DD0W4S9W68S7841RXD3','evt_01M83T4DD0E4JY7RZMR02NK1XC','mer_01M83T4CVTH06X4VGFW4AWXYGW','76015a4f-7014-41ea-89f7-85f61516fc47','payment.confirmed',1795424400800,'delivered',1,NULL,204,'',1795424400800,4);
INSERT INTO "webhook_logs" VALUES('whl_01M83T4DG47HAQKZHG8BBPME2C','evt_01M83T4DG409GDY5JFEMDNHH42','mer_01M83T4CVTH06X4VGFW4AWXYGW','0b2ea73b-2d56-4984-a20f-a720227a3d3f','payment.pending',1795424400900,'delivered',1,NULL,204,'',1795424400950,1);
INSERT INTO "webhook_logs" VALUES('whl_01M83T4DHPVE5666F0KP77TMQK','evt_01M83T4DHPVE5666F0KP77TMQJ','mer_01M83T4CVTH06X4VGFW4AWXYGW','0b2ea73b-2d56-4984-a20f-a720227a3d3f','payment.confirming',1795424400950,'delivered',1,NULL,204,'',1795424400950,2);
INSERT INTO "webhook_logs" VALUES('whl_01M83T4DK84N0QRS5NAYNRJ6RA','evt_01M83T4DK84N0QRS5NAYNRJ6R9','mer_01M83T4CVTH06X4VGFW4AWXYGW','0b2ea73b-2d56-4984-a20f-a720227a3d3f','payment.confirmed',1795424401000,'delivered',1,NULL,204,'',1795424401000,3);
INSERT INTO "webhook_logs" VALUES('whl_01M83T4DPCXS6EVYB045HSDQ1M','evt_01M83T4DPCXS6EVYB045HSDQ1K','mer_01M83T4CVTH06X4VGFW4AWXYGW','2e2b8219-1c6a-4e79-bb26-f3738722b9c5','payment.pending',1795424401100,'delivered',1,NULL,204,'',1795424401150,1);
INSERT INTO "webhook_logs" VALUES('whl_01M83T4DQYKGTX6JWEJF03CTWE','evt_01M83T4DQY08EWPTY16P7W6590','mer_01M83T4CVTH06X4VGFW4AWXYGW','2e2b8219-1c6a-4e79-bb26-f3738722b9c5','payment.confirming',1795424401150,'delivered',1,NULL,204,'',1795424401150,2);
INSERT INTO "webhook_logs" VALUES('whl_01M83T4DSG9Z87N6ER2TMMBSP6','evt_01M83T4DSG5KW5CS03Q1X7ZKVJ','mer_01M83T4CVTH06X4VGFW4AWXYGW','2e2b8219-1c6a-4e79-bb26-f3738722b9c5','payment.confirmed',1795424401200,'delivered',1,NULL,204,'',1795424401200,3);
INSERT INTO "webhook_logs" VALUES('whl_01M83T4DY63W85358WQJYMEJXZ','evt_01M83T4DY63W85358WQJYMEJXY','mer_01M83T4CVTH06X4VGFW4AWXYGW','f0b8c358-773d-4b1e-9517-b7741fb29fed','payment.pending',1795424401350,'delivered',1,NULL,204,'',1795424401400,1);
INSERT INTO "webhook_logs" VALUES('whl_01M83T4DZRW1QPZNDXK2Y6TZ1D','evt_01M83T4DZRW1QPZNDXK2Y6TZ1C','mer_01M83T4CVTH06X4VGFW4AWXYGW','d6d937b3-a06b-4802-9648-bd2ea51e2b57','payment.pending',1795424401400,'delivered',1,NULL,204,'',1795424401450,1);
INSERT INTO "webhook_logs" VALUES('whl_01M83T4E1AF62BPGTDYHH5EYMB','evt_01M83T4E1AF62BPGTDYHH5EYMA','mer_01M83T4CVTH06X4VGFW4AWXYGW','61182983-2e4c-437f-a11a-862172d56cc3','payment.pending',1795424401450,'delivered',1,NULL,204,'',1795424401500,1);
INSERT INTO "webhook_logs" VALUES('whl_01M83T4E2WE61S0PR5GZJX29XX','evt_01M83T4E2W2JCH7BB92H6B94ZT','mer_01M83T4CVTH06X4VGFW4AWXYGW','3c6fed45-a086-45e2-ad46-c29c52426769','payment.pending',1795424401500,'delivered',1,NULL,204,'',1795424401550,1);
INSERT INTO "webhook_logs" VALUES('whl_01M83T4E4EGW5CZ1XMXYFXB66V','evt_01M83T4E4E3Q2312WQ3135KEM0','mer_01M83T4CVTH06X4VGFW4AWXYGW','3c6fed45-a086-45e2-ad46-c29c52426769','payment.partial',1795424401550,'delivered',1,NULL,204,'',1795424401550,2);
INSERT INTO "webhook_logs" VALUES('whl_01M83T4E60WSWTJK50SYP7NHAR','evt_01M83T4E60WSWTJK50SYP7NHAQ','mer_01M83T4CVTH06X4VGFW4AWXYGW','9436c955-c446-44c7-85c7-1a9f519df306','payment.pending',1795424401600,'delivered',1,NULL,204,'',1795424401650,1);
INSERT INTO "webhook_logs" VALUES('whl_01M83T4E7JYNHK9G6QDY6MKCFC','evt_01M83T4E7JYNHK9G6QDY6MKCFB','mer_01M83T4CVTH06X4VGFW4AWXYGW','9436c955-c446-44c7-85c7-1a9f519df306','payment.failed',1795424401650,'delivered',1,NULL,204,'',1795424401650,2);
INSERT INTO "webhook_logs" VALUES('whl_01M83T4E7JYNHK9G6QDY6MKCFE','evt_01M83T4E7JYNHK9G6QDY6MKCFD','mer_01M83T4CVTH06X4VGFW4AWXYGW','11450aa0-6ece-4883-b4ce-1a800b8d3e3f','payment.pending',1795424401650,'delivered',1,NULL,204,'',1795424401700,1);
INSERT INTO "webhook_logs" VALUES('whl_01M83T4E94PKVK4KPWA8DJQY4F','evt_01M83T4E94NT0VBS3BSCWZD56D','mer_01M83T4CVTH06X4VGFW4AWXYGW','11450aa0-6ece-4883-b4ce-1a800b8d3e3f','payment.expired',1795424401700,'delivered',1,NULL,204,'',1795424401700,2);
INSERT INTO "webhook_logs" VALUES('whl_01M84105RY682CDSFJJGN6XPCG','evt_01M84105RY682CDSFJJGN6XPCF','mer_01M83T4CVTH06X4VGFW4AWXYGW','f0b8c358-773d-4b1e-9517-b7741fb29fed','payment.expired',1795431601950,'delivered',1,NULL,204,'',1795431601950,2);
INSERT INTO "webhook_logs" VALUES('whl_01M84105RYK9E7JKX3GVHABZFH','evt_01M84105RYK9E7JKX3GVHABZFG','mer_01M83T4CVTH06X4VGFW4AWXYGW','61182983-2e4c-437f-a11a-862172d56cc3','payment.expired',1795431601950,'delivered',1,NULL,204,'',1795431601950,2);
INSERT INTO "webhook_logs" VALUES('whl_01M84105RYTRGSDT5D8FZ4DAPX','evt_01M84105RYK9E7JKX3GVHABZFJ','mer_01M83T4CVTH06X4VGFW4AWXYGW','d6d937b3-a06b-4802-9648-bd2ea51e2b57','payment.expired',1795431601950,'delivered',1,NULL,204,'',1795431601950,2);
INSERT INTO "webhook_logs" VALUES('whl_01M84105RYYB85D9S3Y4NX11BZ','evt_01M84105RYTRGSDT5D8FZ4DAPY','mer_01M83T4CVTH06X4VGFW4AWXYGW','3c6fed45-a086-45e2-ad46-c29c52426769','payment.expired',1795431601950,'delivered',1,NULL,204,'',1795431601950,3);
INSERT INTO "webhook_logs" VALUES('whl_01M84105TGYM2C1ZM38YGNSB6R','evt_01M84105TGYM2C1ZM38YGNSB6Q','mer_01M83T4CVTH06X4VGFW4AWXYGW','3c6fed45-a086-45e2-ad46-c29c52426769','payment.confirmed',1795431602000,'delivered',1,NULL,204,'',1795431602000,4);
INSERT INTO "webhook_logs" VALUES('whl_01M86KCX2AGVQ6C6701GF14VMK','evt_01M86KCX2AGVQ6C6701GF14VMJ','mer_01M83T4CVTH06X4VGFW4AWXYGW','d6d937b3-a06b-4802-9648-bd2ea51e2b57','payment.late',1795518002250,'delivered',1,NULL,204,'',1795518002250,3);
INSERT INTO "webhook_logs" VALUES('whl_01M86KCX3WPPRQ36XW0ZJ6V9PT','evt_01M86KCX3WPPRQ36XW0ZJ6V9PS','mer_01M83T4CVTH06X4VGFW4AWXYGW','61182983-2e4c-437f-a11a-862172d56cc3','payment.late',1795518002300,'delivered',1,NULL,204,'',1795518002300,3);
INSERT INTO "webhook_logs" VALUES('whl_01M86KCX5EJR1P5SXH944CK705','evt_01M86KCX5EHGP2WQ313R2MG5XC','mer_01M83T4CVTH06X4VGFW4AWXYGW','fd26013a-cef7-4ab8-b60b-a9887cab36c3','payment.pending',1795518002350,'delivered',1,NULL,204,'',1795518002400,1);
INSERT INTO "webhook_logs" VALUES('whl_01M86RHPSP50AEMXRJ6Q57W7Y1','evt_01M86RHPSP00R8EF6NS5N6WVYF','mer_01M83T4CVTH06X4VGFW4AWXYGW','fd26013a-cef7-4ab8-b60b-a9887cab36c3','payment.expired',1795523402550,'delivered',1,NULL,204,'',1795523402550,2);
INSERT INTO "webhook_logs" VALUES('whl_01M86RHPV8H6VWZXEY990Y3RQ1','evt_01M86RHPV8H6VWZXEY990Y3RPZ','mer_01M83T4CVTH06X4VGFW4AWXYGW','fd26013a-cef7-4ab8-b60b-a9887cab36c3','payment.late',1795523402600,'delivered',1,NULL,204,'',1795523402600,3);
INSERT INTO "webhook_logs" VALUES('whl_01M86RHPV8H6VWZXEY990Y3RQ2','evt_01M86RHPV8H6VWZXEY990Y3RQ0','mer_01M83T4CVTH06X4VGFW4AWXYGW','fd26013a-cef7-4ab8-b60b-a9887cab36c3','payment.confirming',1795523402600,'delivered',1,NULL,204,'',1795523402600,4);
INSERT INTO "webhook_logs" VALUES('whl_01M86RHPWTGDT0WVGEBDCQDZVA','evt_01M86RHPWTGDT0WVGEBDCQDZV9','mer_01M83T4CVTH06X4VGFW4AWXYGW','fd26013a-cef7-4ab8-b60b-a9887cab36c3','payment.confirmed',1795523402650,'delivered',1,NULL,204,'',1795523402650,5);
INSERT INTO "webhook_logs" VALUES('whl_01M86RHPZYWT5TPFRFG30Q45Y8','evt_01M86RHPZYWT5TPFRFG30Q45Y7','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','f1937e18-0b9e-42ac-982d-bf856522fe93','payment.pending',1795523402750,'failed',6,NULL,NULL,'The server refused the connection.',NULL,1);
INSERT INTO "webhook_logs" VALUES('whl_01M86RHQ1GX5GBB0BTNG6Y763T','evt_01M86RHQ1GX5GBB0BTNG6Y763S','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','f1937e18-0b9e-42ac-982d-bf856522fe93','payment.confirming',1795523402800,'failed',6,NULL,NULL,'The server refused the connection.',NULL,2);
INSERT INTO "webhook_logs" VALUES('whl_01M86RJMQGGC72XDRZK9B15M7J','evt_01M86RJMQGGC72XDRZK9B15M7H','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','f1937e18-0b9e-42ac-982d-bf856522fe93','payment.reverted',1795523433200,'failed',6,NULL,NULL,'The server refused the connection.',NULL,3);
INSERT INTO "webhook_logs" VALUES('whl_01M86RJMS2S6F73T6QHQWYJPP2','evt_01M86RJMS2S6F73T6QHQWYJPP1','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','f1937e18-0b9e-42ac-982d-bf856522fe93','payment.confirming',1795523433250,'failed',6,NULL,NULL,'The server refused the connection.',NULL,4);
INSERT INTO "webhook_logs" VALUES('whl_01M86RJMTMKD9RH3X3Q72T9JVN','evt_01M86RJMTMKD9RH3X3Q72T9JVM','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','f1937e18-0b9e-42ac-982d-bf856522fe93','payment.confirmed',1795523433300,'failed',6,NULL,NULL,'The server refused the connection.',NULL,5);
INSERT INTO "webhook_logs" VALUES('whl_01M870NMJEKXTMN2S5QQ7ZKBPP','evt_01M870NMJEKXTMN2S5QQ7ZKBPN','mer_01M83T4CVTH06X4VGFW4AWXYGW','af064cdb-4e7c-4973-acea-43a276d37295','payment.pending',1795531919950,'delivered',1,NULL,204,'',1795531920000,1);
INSERT INTO "webhook_logs" VALUES('whl_01M870NMM0X4BHZ5GK87QR1BQC','evt_01M870NMM0J1RVTMCHQ781E81N','mer_01M83T4CVTH06X4VGFW4AWXYGW','1d66f946-49f7-4312-ad15-e741c6a4238e','payment.pending',1795531920000,'delivered',1,NULL,204,'',1795531920050,1);
INSERT INTO "webhook_logs" VALUES('whl_01M870NMNJTWX6ACP4NGPKVRTB','evt_01M870NMNJTWX6ACP4NGPKVRTA','mer_01M83T4CVTH06X4VGFW4AWXYGW','1d66f946-49f7-4312-ad15-e741c6a4238e','payment.partial',1795531920050,'delivered',1,NULL,204,'',1795531920050,2);
INSERT INTO "webhook_logs" VALUES('whl_01M870NMQ4SXHMG2A1H1GR0VJA','evt_01M870NMQ4SXHMG2A1H1GR0VJ9','mer_01M83T4CVTH06X4VGFW4AWXYGW','2573b080-92ad-410a-a44b-07c2b3fbdade','payment.pending',1795531920100,'delivered',1,NULL,204,'',1795531920100,1);
INSERT INTO "webhook_logs" VALUES('whl_01M870NMQ4SXHMG2A1H1GR0VJC','evt_01M870NMQ4SXHMG2A1H1GR0VJB','mer_01M83T4CVTH06X4VGFW4AWXYGW','2573b080-92ad-410a-a44b-07c2b3fbdade','payment.confirming',1795531920100,'delivered',1,NULL,204,'',1795531920100,2);
INSERT INTO "webhook_logs" VALUES('whl_01M870NMRPQH5737G0EYSF05XC','evt_01M870NMRP5F9KE9G7SKS8VZNB','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','26f77b3e-78cb-41bc-ba5d-3b0c621cb77a','payment.pending',1795531920150,'pending',2,1795531923200,NULL,'The server refused the connection.',NULL,1);
INSERT INTO "webhook_logs" VALUES('whl_01M870NMVTMPHCWQM39G97YXZV','evt_01M870NMVTMPHCWQM39G97YXZT','mer_01M83T4CVTTNQ4G3AFM2Q5QPHC','a00f7f59-e30b-4e18-ad58-408a866be427','payment.pending',1795531920250,'pending',2,1795531924350,NULL,'The server refused the connection.',NULL,1);
CREATE INDEX sessions_active ON sessions (id) WHERE active = 1;
CREATE INDEX sessions_late ON sessions (id, closed_at, address) WHERE active = 0;
CREATE INDEX payments_of_session ON payments (session_id, position);
CREATE INDEX webhook_logs_pending ON webhook_logs (id) WHERE state = 'pending';
CREATE TRIGGER events_are_not_removed BEFORE DELETE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are append-only');
END;
CREATE INDEX audit_log_of_session ON audit_log (session_id, id);
CREATE TRIGGER audit_log_is_not_changed BEFORE UPDATE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_log_is_not_removed BEFORE DELETE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE INDEX sessions_by_status ON sessions (merchant_id, status, created_at, id);
CREATE INDEX sessions_by_order ON sessions (merchant_id, order_id, created_at, id)
WHERE order_id IS NOT NULL;
CREATE TRIGGER session_is_counted AFTER INSERT ON sessions
BEGIN
    INSERT INTO session_days (merchant_id, day, status, sessions)
    VALUES (NEW.merchant_id, NEW.created_at / 86400000, NEW.status, 1)
    ON CONFLICT (merchant_id, day, status) DO UPDATE SET sessions = sessions + 1;
END;
CREATE TRIGGER session_is_recounted AFTER UPDATE OF status ON sessions
WHEN NEW.status <> OLD.status
BEGIN
    UPDATE session_days SET sessions = sessions - 1
    WHERE merchant_id = OLD.merchant_id AND day = OLD.created_at / 86400000
        AND status = OLD.status;
    INSERT INTO session_days (merchant_id, day, status, sessions)
    VALUES (NEW.merchant_id, NEW.created_at / 86400000, NEW.status, 1)
    ON CONFLICT (merchant_id, day, status) DO UPDATE SET sessions = sessions + 1;
END;
CREATE TRIGGER payment_is_received AFTER INSERT ON payments
WHEN NEW.credited = 1 AND NEW.state <> 'withdrawn'
BEGIN
    INSERT INTO receipts (merchant_id, day, amount, tx_id, output_index, session_id)
    SELECT merchant_id, NEW.accepted_at / 86400000, NEW.amount, NEW.tx_id, NEW.output_index, id
    FROM sessions WHERE id = NEW.session_id;
END;
CREATE TRIGGER payment_is_taken_back
AFTER UPDATE OF state, credited, amount, accepted_at ON payments
WHEN OLD.credited = 1 AND OLD.state <> 'withdrawn' AND (
    NEW.credited <> 1 OR NEW.state = 'withdrawn' OR NEW.amount <> OLD.amount
    OR NEW.accepted_at / 86400000 <> OLD.accepted_at / 86400000
)
BEGIN
    DELETE FROM receipts
    WHERE merchant_id = (SELECT merchant_id FROM sessions WHERE id = OLD.session_id)
        AND day = OLD.accepted_at / 86400000 AND amount = OLD.amount
        AND tx_id = OLD.tx_id AND output_index = OLD.output_index;
END;
CREATE TRIGGER payment_is_received_again
AFTER UPDATE OF state, credited, amount, accepted_at ON payments
WHEN NEW.credited = 1 AND NEW.state <> 'withdrawn' AND (
    OLD.credited <> 1 OR OLD.state = 'withdrawn' OR NEW.amount <> OLD.amount
    OR NEW.accepted_at / 86400000 <> OLD.accepted_at / 86400000
)
BEGIN
    INSERT INTO receipts (merchant_id, day, amount, tx_id, output_index, session_id)
    SELECT merchant_id, NEW.accepted_at / 86400000, NEW.amount, NEW.tx_id, NEW.output_index, id
    FROM sessions WHERE id = NEW.session_id;
END;
CREATE UNIQUE INDEX events_of_merchant ON events (merchant_id, place);
CREATE INDEX webhook_logs_of_merchant ON webhook_logs (merchant_id, event, state, id);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (made_at);
CREATE INDEX audit_log_of_merchant ON audit_log (merchant_id, id);
CREATE INDEX dashboard_sessions_of_merchant ON dashboard_sessions (merchant_id, id);
CREATE INDEX api_keys_of_merchant ON api_keys (merchant_id, id) WHERE revoked_at IS NULL;
CREATE UNIQUE INDEX audit_log_places ON audit_log (place) WHERE place IS NOT NULL;
CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are append-only');
END;
CREATE INDEX sessions_attention ON sessions (merchant_id, created_at, id, attention)
WHERE attention > 0;
CREATE INDEX sessions_paid_late ON sessions (merchant_id, late, created_at, id) WHERE late = 1;
CREATE INDEX sessions_paid_in_part ON sessions (merchant_id, paid_state, created_at, id)
WHERE paid_state = 'partial';
CREATE INDEX sessions_overpaid ON sessions (merchant_id, paid_state, created_at, id)
WHERE paid_state = 'over';
CREATE INDEX sessions_cancelled ON sessions (merchant_id, cancelled, created_at, id)
WHERE cancelled = 1;
CREATE TRIGGER attention_is_counted AFTER INSERT ON sessions WHEN NEW.attention > 0
BEGIN
    INSERT INTO attention_figures (merchant_id, attention, sessions, whole_kas, sompi_beyond)
    VALUES (
        NEW.merchant_id, NEW.attention, 1, NEW.received / 100000000, NEW.received % 100000000
    )
    ON CONFLICT (merchant_id, attention) DO UPDATE
    SET sessions = sessions + 1, whole_kas = whole_kas + excluded.whole_kas,
        sompi_beyond = sompi_beyond + excluded.sompi_beyond;
END;
CREATE TRIGGER attention_is_recounted AFTER UPDATE OF attention, received ON sessions
WHEN (OLD.attention > 0 OR NEW.attention > 0)
    AND (OLD.attention <> NEW.attention OR OLD.received <> NEW.received)
BEGIN
    UPDATE attention_figures SET sessions = sessions - 1,
        whole_kas = whole_kas - OLD.received / 100000000,
        sompi_beyond = sompi_beyond - OLD.received % 100000000
    WHERE merchant_id = OLD.merchant_id AND attention = OLD.attention AND OLD.attention > 0;
    INSERT INTO attention_figures (merchant_id, attention, sessions, whole_kas, sompi_beyond)
    SELECT NEW.merchant_id, NEW.attention, 1, NEW.received / 100000000, NEW.received % 100000000
    WHERE NEW.attention > 0
    ON CONFLICT (merchant_id, attention) DO UPDATE
    SET sessions = sessions + 1, whole_kas = whole_kas + excluded.whole_kas,
        sompi_beyond = sompi_beyond + excluded.sompi_beyond;
END;
CREATE UNIQUE INDEX warnings_open ON warnings (kind, subject) WHERE acknowledged_at IS NULL;
CREATE INDEX payments_waiting ON payments (session_id, block_daa_score)
WHERE state = 'accepted' AND missing_since IS NULL AND spent_evidence IS NULL;
CREATE INDEX payments_attested ON payments (session_id, block_daa_score)
WHERE attested = 1 AND state = 'accepted' AND missing_since IS NULL;
CREATE INDEX payments_gone ON payments (session_id, block_daa_score)
WHERE state = 'accepted' AND (missing_since IS NOT NULL OR spent_evidence IS NOT NULL);
CREATE TRIGGER receipt_is_counted AFTER INSERT ON receipts
BEGIN
    INSERT INTO receipt_days (merchant_id, day, payments, amount, carried)
    VALUES (NEW.merchant_id, NEW.day, 1,
        NEW.amount % 1000000000000000000, NEW.amount / 1000000000000000000)
    ON CONFLICT (merchant_id, day) DO UPDATE SET
        payments = receipt_days.payments + 1,
        amount = (receipt_days.amount + excluded.amount) % 1000000000000000000,
        carried = receipt_days.carried + excluded.carried
            + (receipt_days.amount + excluded.amount) / 1000000000000000000;
END;
CREATE TRIGGER receipt_is_taken_back AFTER DELETE ON receipts
BEGIN
    UPDATE receipt_days SET
        payments = payments - 1,
        amount = (amount + 1000000000000000000 - OLD.amount % 1000000000000000000)
            % 1000000000000000000,
        carried = carried - 1 - OLD.amount / 1000000000000000000
            + (amount + 1000000000000000000 - OLD.amount % 1000000000000000000)
            / 1000000000000000000
    WHERE merchant_id = OLD.merchant_id AND day = OLD.day;
END;
CREATE INDEX sign_in_links_of_merchant ON sign_in_links (merchant_id, created_at);
COMMIT;
