"""HTML to PDF: tagged, without a date, with nothing fetched from anywhere: the same page gives the same bytes."""


def en_pdf(html: str) -> bytes:
    import weasyprint  # noqa: PLC0415 -- slow import, needed only by who prints
    from weasyprint.urls import URLFetcher  # noqa: PLC0415

    document = weasyprint.HTML(string=html, url_fetcher=URLFetcher(allowed_protocols=()))
    pdf: bytes = document.write_pdf(pdf_identifier=b"formation", pdf_tags=True)
    return pdf
