"""Who charges which tax: where the shop is registered, the place of supply, VAT ids, thresholds, duties.

The rates themselves are `pricing`'s. `supply.treat` decides as a pure function; `selectors.treatment_of` reads what it
needs. Until somebody says where the shop sells from (`services.save_profile`), goods are taxed where they go.
"""
