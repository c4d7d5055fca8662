"""EDI by SFTP: the door of a partner, what he deposits in ``in``, what he collects in ``out`` (flux-edi.md §4)."""
