# One image for every process; docker-compose.yml tells each container which one it is.
FROM python:3.11-slim-bookworm AS paquet
WORKDIR /source
COPY . .
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /paquet .

FROM python:3.11-slim-bookworm
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 SANDBOX_DATA_DIR=/donnees SANDBOX_PORT=8000
# What WeasyPrint needs to write PDF files.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home bac \
    && install -d -o bac /donnees
COPY requirements/base.txt /tmp/base.txt
RUN pip install --require-hashes -r /tmp/base.txt
COPY --from=paquet /paquet /paquet
RUN pip install --no-deps /paquet/*.whl
USER bac
VOLUME /donnees
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s CMD ["bac-a-sable", "sante", "web"]
CMD ["bac-a-sable"]
