"""How right the extraction is: claims compared with what people made of the same texts."""
