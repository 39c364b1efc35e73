"""The Graph API of Meta, a protocol that several platforms speak: its calls, errors and faults."""
