# One image for every process: `serve` (the default), `serve --no-worker`, `worker`, `migrate`.
#
#     docker build --tag letmepost .
#     docker run --publish 8000:8000 --volume letmepost:/data --read-only --tmpfs /tmp letmepost

FROM python:3.13-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
RUN ["python", "-m", "venv", "--without-pip", "/opt/letmepost"]
# Requirements change less often than code, so that their layer can be used again.
COPY requirements/build.txt requirements/run.txt requirements/
RUN ["pip", "install", "--require-hashes", "--requirement", "requirements/build.txt"]
RUN ["pip", "--python", "/opt/letmepost/bin/python", "install", "--require-hashes", "--only-binary", ":all:", "--requirement", "requirements/run.txt"]
COPY pyproject.toml README.md LICENSE ./
COPY src/ src/
RUN ["pip", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", "wheels", "."]
RUN ["pip", "--python", "/opt/letmepost/bin/python", "install", "--no-deps", "--no-index", "--find-links", "wheels", "letmepost"]

FROM python:3.13-slim-bookworm
LABEL org.opencontainers.image.title="letmepost" org.opencontainers.image.licenses="Apache-2.0"
RUN ["install", "--directory", "--owner=10001", "--group=10001", "--mode=0700", "/data"]
COPY --from=build /opt/letmepost /opt/letmepost
ENV PATH=/opt/letmepost/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    LETMEPOST_DATA_DIR=/data \
    LETMEPOST_HOST=0.0.0.0 \
    LETMEPOST_PORT=8000
# A number, so that Kubernetes can see that it is not root.
USER 10001:10001
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8000
STOPSIGNAL SIGTERM
# The image has no curl. A worker answers no requests: switch this off for it.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['LETMEPOST_PORT'] + '/health', timeout=4)"]
ENTRYPOINT ["letmepost"]
CMD ["serve"]
