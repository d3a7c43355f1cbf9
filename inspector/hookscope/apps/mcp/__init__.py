"""A Model Context Protocol server: what an agent may ask of hookscope, and how it is answered."""
