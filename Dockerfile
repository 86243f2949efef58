# One image per service: docker build --target identity --tag c360-identity:local .
# The install script is the one of the Makefile and of CI.
FROM python:3.11-slim AS build
WORKDIR /src
COPY . .

FROM build AS build-identity
RUN scripts/install /opt/c360 identity
FROM build AS build-profile
RUN scripts/install /opt/c360 profile
FROM build AS build-segment
RUN scripts/install /opt/c360 segment
FROM build AS build-audit
RUN scripts/install /opt/c360 audit
FROM build AS build-gateway
RUN scripts/install /opt/c360 gateway

# Of the same base as the build, whose interpreter the virtual environments name.
FROM python:3.11-slim AS runtime
RUN groupadd --gid 65532 c360 \
 && useradd --uid 65532 --gid 65532 --no-create-home --home-dir /data --shell /usr/sbin/nologin c360 \
 && install -d -m 0750 -o 65532 -g 65532 /data
ENV PATH=/opt/c360/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    C360_DATA=/data C360_HOST=0.0.0.0
USER 65532:65532
VOLUME ["/data"]
ENTRYPOINT ["c360", "serve"]

FROM runtime AS identity
COPY --from=build-identity /opt/c360 /opt/c360
EXPOSE 8361
CMD ["identity", "--port", "8361"]

FROM runtime AS profile
COPY --from=build-profile /opt/c360 /opt/c360
EXPOSE 8362
CMD ["profile", "--port", "8362"]

FROM runtime AS segment
COPY --from=build-segment /opt/c360 /opt/c360
EXPOSE 8363
CMD ["segment", "--port", "8363"]

FROM runtime AS audit
COPY --from=build-audit /opt/c360 /opt/c360
EXPOSE 8364
CMD ["audit", "--port", "8364"]

FROM runtime AS gateway
COPY --from=build-gateway /opt/c360 /opt/c360
EXPOSE 8360
CMD ["gateway", "--port", "8360"]
