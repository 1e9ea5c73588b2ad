# The connector: built from this checkout, run by a user of its own, nothing else inside.

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY config config
COPY migrations migrations
COPY nocodb-schema nocodb-schema
COPY presets presets
COPY unomi-rules unomi-rules
COPY workflows workflows
COPY docs/errors docs/errors
COPY src src
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --release --locked --bin loyalty && cp target/release/loyalty /usr/local/bin/loyalty

FROM debian:12.11-slim
# certificate authorities: for OpenAI, Brevo and whatever else is reached by https
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin loyalty \
    && mkdir -p /data /secrets && chown loyalty: /data /secrets && chmod 0700 /data /secrets
COPY --from=build /usr/local/bin/loyalty /usr/local/bin/loyalty
COPY LICENSE* /usr/share/doc/loyalty/
USER loyalty
ENV LOYALTY__SERVER__DATA=/data LOYALTY__SERVER__LISTEN=0.0.0.0:8090
EXPOSE 8090
HEALTHCHECK --interval=10s --timeout=6s --start-period=20s --retries=6 CMD ["loyalty", "health"]
ENTRYPOINT ["loyalty"]
CMD ["serve"]
