"""Policy packs on the in-process engine: started, asked and obeyed as Pulumi's own engine does it."""
