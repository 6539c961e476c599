"""Pure: which pages exist, what each is made of, what must be written."""
