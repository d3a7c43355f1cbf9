"""Bodies as a person can read them: JSON, forms, multipart, images, hex."""
