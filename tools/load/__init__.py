"""The load: a mix of requests at rising rates, and what becomes of their answers and of memory."""
