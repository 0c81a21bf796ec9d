# The image of the resource type. The bases are arguments, so that a mirror can be used.
ARG BUILD_BASE=docker.io/library/rust:1-slim-bookworm
ARG RUN_BASE=docker.io/library/debian:bookworm-slim

FROM ${BUILD_BASE} AS build
WORKDIR /davos
COPY Cargo.toml Cargo.lock ./
COPY src src
COPY benches benches
RUN cargo build --release --locked --bins

FROM ${RUN_BASE}
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates git openssh-client \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /davos/target/release/check /davos/target/release/in /davos/target/release/out /opt/resource/
LABEL org.opencontainers.image.title="davos" \
      org.opencontainers.image.description="Concourse resource: Ubuntu Security Notices in, patched releases out" \
      org.opencontainers.image.licenses="Apache-2.0"
