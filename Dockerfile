# The image of headwater. Build: docker build -t headwater --build-arg REVISION=$(git rev-parse HEAD) .
# Everything installed is pinned by hash in requirements/; the final stage holds no compiler, no pip cache and no source.

FROM docker.io/library/python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
COPY requirements/ requirements/
# Dependencies first: this layer is made anew only when the lock changes.
RUN python -m venv /opt/tools && /opt/tools/bin/pip install --quiet --require-hashes --requirement requirements/build.txt \
 && python -m venv --without-pip /opt/headwater \
 && /opt/tools/bin/pip --python /opt/headwater/bin/python install --quiet --require-hashes --only-binary :all: \
      --requirement requirements/runtime.txt
COPY pyproject.toml README.md LICENSE ./
COPY ops/image/sbom.py ops/image/
RUN /opt/tools/bin/python ops/image/sbom.py requirements/runtime.txt >/build/sbom.cdx.json
COPY alerts/ alerts/
COPY monitor/ monitor/
COPY snapshots/ snapshots/
RUN /opt/tools/bin/pip wheel --quiet --no-deps --no-index --no-build-isolation --wheel-dir dist . \
 && /opt/tools/bin/pip --python /opt/headwater/bin/python install --quiet --no-deps --no-index dist/headwater-*.whl

FROM docker.io/library/python:3.13-slim
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="headwater" \
      org.opencontainers.image.description="Watches the official documents of LLM providers and tells when an alias, license, endpoint, price, limit, capability or shutdown date changes." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.base.name="docker.io/library/python:3.13-slim"
RUN groupadd --gid 10001 headwater \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin headwater \
 && install -d -o 10001 -g 10001 -m 0750 /data
COPY --from=build /opt/headwater /opt/headwater
COPY LICENSE /usr/share/doc/headwater/LICENSE
COPY --from=build /build/sbom.cdx.json /usr/share/doc/headwater/sbom.cdx.json
COPY ops/image/headwater.yaml /etc/headwater/headwater.yaml
ENV PATH=/opt/headwater/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    HEADWATER_CONFIG=/etc/headwater/headwater.yaml
USER 10001:10001
WORKDIR /data
ENTRYPOINT ["headwater"]
CMD ["run"]
