"""`headwater doctor`: looks at everything the service rests on, and says what to do about what is not well."""
