"""pelican: a site with two plugins, set up and not generated."""

import os
from tempfile import mkdtemp

import pelican_plugin
from pelican import Pelican
from pelican.settings import DEFAULT_CONFIG

folder = mkdtemp()
site = Pelican(
    {
        **DEFAULT_CONFIG,
        "PATH": folder,
        "OUTPUT_PATH": os.path.join(folder, "output"),
        "PLUGINS": ["pelican_plugin", pelican_plugin.Words],
    }
)
os.rmdir(folder)
