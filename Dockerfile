FROM python:3.13-slim AS build
WORKDIR /srv/studio
RUN python -m venv .venv
COPY requirements.txt requirements-dev.txt ./
# The drivers too: one image serves SQLite, PostgreSQL and Redis.
RUN .venv/bin/pip install --no-cache-dir --no-deps -r requirements.txt \
    && .venv/bin/pip install --no-cache-dir --no-deps -c requirements-dev.txt psycopg psycopg-binary psycopg-pool redis

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /data studio && install -d -o studio -m 700 /data
WORKDIR /srv/studio
COPY --from=build /srv/studio/.venv .venv
COPY manage.py uv.lock ./
COPY project project
COPY studio studio
COPY static static
COPY templates templates
RUN .venv/bin/python -m compileall -q project studio
USER studio
ENV STUDIO_DATA_DIR=/data HOST=0.0.0.0 PORT=8000 PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD [".venv/bin/python", "-c", \
    "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=4)"]
# Stop with a timeout above STUDIO_STOP_GRACE_S (360 s): docker run --stop-timeout 375.
STOPSIGNAL SIGTERM
CMD [".venv/bin/python", "manage.py", "serve"]
