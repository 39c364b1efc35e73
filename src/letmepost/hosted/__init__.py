"""Pages for the owners of accounts, who have neither a key nor a login here."""
