"""Rules, violations and the runner that checks a draft before anything is sent."""
