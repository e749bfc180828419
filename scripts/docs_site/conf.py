"""Sphinx's settings. The sources are docs/ and the reference, put together by scripts/docs."""

import os

project = "flyball"
author = "the flyball authors"
copyright = author
extensions = ["myst_parser", "breathe", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["examples/*.txt"]
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]

# The theme brings no font and no script from elsewhere: the site works without a network.
html_theme = "furo"
html_title = "flyball"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_show_sphinx = False
html_copy_source = False
html_show_search_summary = False  # it fetches pages, which browsers refuse to pages from a folder

breathe_projects = {"flyball": os.environ.get("FLYBALL_DOXYGEN_XML", "")}
breathe_default_project = "flyball"
breathe_default_members = ("members",)
breathe_show_include = False
# Every page of the C++ reference opens the namespace anew.
suppress_warnings = ["duplicate_declaration.cpp"]

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_mock_imports = ["stable_baselines3"]  # it brings torch; its names are not ours to tell
add_module_names = False
highlight_language = "none"
# A block of shell lines is marked `text`, so that the tests know it is not run line by line.
nitpicky = False
