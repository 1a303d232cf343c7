# flawline with everything it needs: Node, OpenVINO's libraries, the faster JPEG codec, a model of its own.
# docs/deploy.md says how to build it behind a proxy or a mirror: nothing of that stays in the image.
ARG NODE_IMAGE=docker.io/library/node:26-bookworm-slim

# On the builder's own platform: npm, the compiler and the set-up lay files for another one as well, and would run emulated there.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS build
ARG TARGETARCH
WORKDIR /opt/flawline
COPY package.json package-lock.json ./
# Install scripts would download what the runtime below already has.
RUN --mount=type=secret,id=npmrc --mount=type=secret,id=ca.pem \
    NODE_EXTRA_CA_CERTS="$(ls /run/secrets/ca.pem 2>/dev/null || true)" \
    NPM_CONFIG_USERCONFIG=/run/secrets/npmrc \
    npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY scripts/bundle.mjs scripts/
COPY bin bin
COPY src src
RUN npm run --silent build && find build -name '*.map' -delete && chmod 755 build/src/cli.js bin/flawline.js
# The wheel of the image's architecture, checked by its hash; only the libraries that CPU inference loads are kept.
RUN --mount=type=secret,id=pip.conf,target=/etc/pip.conf --mount=type=secret,id=ca.pem \
    NODE_EXTRA_CA_CERTS="$(ls /run/secrets/ca.pem 2>/dev/null || true)" \
    node bin/flawline.js setup --arch "$(echo "$TARGETARCH" | sed s/amd64/x64/)"
RUN --mount=type=secret,id=npmrc --mount=type=secret,id=ca.pem \
    NODE_EXTRA_CA_CERTS="$(ls /run/secrets/ca.pem 2>/dev/null || true)" \
    NPM_CONFIG_USERCONFIG=/run/secrets/npmrc \
    npm ci --omit=dev --os=linux --cpu="$(echo "$TARGETARCH" | sed s/amd64/x64/)" --libc=glibc --ignore-scripts --no-audit --no-fund

FROM ${NODE_IMAGE}
# tini is process 1: the service ends itself with SIGKILL when native code holds a thread, and process 1 can't do that.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libturbojpeg0 tini \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/log/apt /var/log/dpkg.log \
    && ln -s /opt/flawline/bin/flawline.js /usr/local/bin/flawline \
    && install -d -o 1000 -g 1000 /flawline /var/lib/flawline
# What changes least comes first.
COPY --from=build /opt/flawline/runtime /opt/flawline/runtime
COPY --from=build /opt/flawline/node_modules /opt/flawline/node_modules
COPY package.json LICENSE /opt/flawline/
COPY models /opt/flawline/models
COPY src/web /opt/flawline/src/web
COPY --from=build /opt/flawline/bin /opt/flawline/bin
COPY --from=build /opt/flawline/build /opt/flawline/build

ENV NODE_ENV=production MALLOC_ARENA_MAX=2 FLAWLINE_HTTP_HOST=0.0.0.0
# ./config/flawline.yaml and ./models are looked for here; the shipped model stands elsewhere, so a volume can't hide it.
WORKDIR /flawline
VOLUME /var/lib/flawline
USER 1000:1000
EXPOSE 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["flawline", "healthcheck"]
ENTRYPOINT ["tini", "--", "flawline"]
CMD ["run"]
