"""Files that people deposit: PDF, Factur-X, CII, UBL, archives.

Pure functions, no model and no setting: everything here works without Django being configured.
"""
