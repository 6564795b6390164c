"""What the practice wallets share: a store, the delivery of signed messages, RSA, requests, the shopper's page.

Each wallet (`sandbox.alipay`, `sandbox.wechatpay`, `sandbox.antom`) speaks its own real protocol on top of it.
"""
