"""Every way that a planned resource can ask ARM for something: each reads a planned resource as `Write`s."""
