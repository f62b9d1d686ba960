"""The names under which a home's secrets stand in the keyring. Names only, never a secret."""

STORE_KEY = "store-key"
"""Seals the store."""

IDENTITY_KEY = "identity-key"
"""The agent's private key towards the cloud."""

NEXT_IDENTITY_KEY = "identity-key-next"
"""A key that is being enrolled: kept before the cloud hears of it, so that no crash can lose it."""

DATABASE_PASSWORD = "database-password"
"""Password of the database login."""

PROXY_PASSWORD = "proxy-password"
"""Password for the proxy on the way to the cloud."""

WRITE_PASSWORD = "write-password"
"""Password of the database login that writes (Eaglesoft)."""

WRITE_AUTHENTICATION = "write-authentication"
"""The statement with which the vendor lets a connection write (Eaglesoft), as the operator was given it."""

API_DEVELOPER_KEY = "api-developer-key"
"""Developer key of the PMS's local API (Open Dental)."""

API_CUSTOMER_KEY = "api-customer-key"
"""The office's own key of that API."""
