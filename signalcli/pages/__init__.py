"""Make self-contained HTML pages, which load nothing from elsewhere."""
