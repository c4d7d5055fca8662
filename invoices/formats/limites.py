"""Sizes above which a file is refused before it is unpacked."""

MO = 1_000_000

XML_MAX = 20 * MO
"""Inflated size of one XML document, alone, in an archive or attached to a PDF."""

FICHIER_MAX = 100 * MO
ARCHIVE_MAX = 120 * MO
ARCHIVE_MEMBRES_MAX = 500
NOM_MEMBRE_MAX = 200
RATIO_MAX = 100
RATIO_A_PARTIR_DE = 1 * MO
"""Small texts may shrink a lot; the ratio is only looked at above this inflated size."""

PDF_PAGES_PARCOURUES = 200
PDF_STRUCTURE_MAX = 50 * MO
"""Inflated size of all the object streams and cross-reference streams of a PDF."""
