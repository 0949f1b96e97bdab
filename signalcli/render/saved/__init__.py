"""Drawings in files: pictures in SVG, and pages in HTML."""
