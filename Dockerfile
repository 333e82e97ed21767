# The bot without its demo. Everything is built in the first stage; the second has no compiler and no package cache.
# It runs as user 10001 on a read-only root file system; what it keeps is in the volume /var/lib/helpdesk:
#
#   docker build -t helpdesk .
#   docker run --read-only --env-file .env -p 3000:3000 -v helpdesk:/var/lib/helpdesk helpdesk

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
RUN python -m venv --without-pip /opt/helpdesk
COPY requirements.lock ./
RUN python -m pip --python /opt/helpdesk/bin/python install --require-hashes --no-deps --only-binary :all: -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY tools tools
RUN python -m pip wheel --no-deps --wheel-dir /wheels . \
    && python -m pip --python /opt/helpdesk/bin/python install --no-deps /wheels/*.whl \
    && rm -r /opt/helpdesk/lib/python3.*/site-packages/bot/playground

FROM python:3.13-slim
RUN groupadd --gid 10001 helpdesk \
    && useradd --uid 10001 --gid helpdesk --no-create-home --home-dir /var/lib/helpdesk --shell /usr/sbin/nologin helpdesk \
    && install --directory --owner helpdesk --group helpdesk --mode 0700 /var/lib/helpdesk
COPY --from=build /opt/helpdesk /opt/helpdesk
ENV PATH=/opt/helpdesk/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATABASE_URL=sqlite:////var/lib/helpdesk/helpdesk.db \
    SQLITE_TMPDIR=/var/lib/helpdesk \
    HELPDESK_METRICS_HOST=0.0.0.0 \
    PORT=3000
WORKDIR /var/lib/helpdesk
VOLUME /var/lib/helpdesk
USER 10001:10001
EXPOSE 3000
# no proxy: the question is about this container
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.build_opener(r.ProxyHandler({})).open(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=3)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["helpdesk"]
CMD ["run"]
