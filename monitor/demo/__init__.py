"""`headwater demo`: the real service on a re-enacted piece of DeepSeek's history, without network or keys."""
