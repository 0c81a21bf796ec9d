# The image of the resource type, the same for every architecture:
#
#   docker build --tag $REGISTRY/davos .
#   docker buildx build --platform linux/amd64,linux/arm64 --push --tag $REGISTRY/davos .
#
# The bases are arguments, so that a mirror can be used. Both have to be of one release of Debian: what is built with a C
# library needs that one or a newer.
ARG BUILD_BASE=docker.io/library/rust:1-slim-bookworm
ARG RUN_BASE=docker.io/library/debian:bookworm-slim

FROM ${BUILD_BASE} AS build
WORKDIR /davos
COPY Cargo.toml Cargo.lock build.rs ./
COPY src src
COPY benches benches
COPY crc-fast crc-fast
RUN cargo build --release --locked --bins

# What runs it, by the same script that makes the base type: git, ssh, certificates and a shell, and nothing that only sets a
# system up.
FROM ${RUN_BASE} AS root
COPY --from=build /davos/target/release/check /davos/target/release/in /davos/target/release/out /programs/
COPY ci/rootfs /davos/ci/
ARG SOURCE_DATE_EPOCH=0
RUN BINARIES=/programs /davos/ci/rootfs /rootfs

FROM scratch
COPY --from=root /rootfs /
ARG VERSION=dev
ARG REVISION=unknown
ARG SOURCE=
LABEL org.opencontainers.image.title="davos" \
      org.opencontainers.image.description="Concourse resource: Ubuntu Security Notices in, patched releases out" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
CMD ["/bin/bash"]
