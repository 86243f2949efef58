# One image per service: docker build --build-arg SERVICE=identity --tag c360-identity:local .
# The install script is the one of the Makefile and of CI.
FROM python:3.11-slim AS build
ARG SERVICE
WORKDIR /src
COPY . .
RUN scripts/install /opt/c360 "${SERVICE:?name a service: --build-arg SERVICE=identity}"

# Of the same base as the build, whose interpreter the virtual environments name.
FROM python:3.11-slim AS runtime
RUN groupadd --gid 65532 c360 \
 && useradd --uid 65532 --gid 65532 --no-create-home --home-dir /data --shell /usr/sbin/nologin c360 \
 && install -d -m 0750 -o 65532 -g 65532 /data
ENV PATH=/opt/c360/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    C360_DATA=/data C360_HOST=0.0.0.0
USER 65532:65532
VOLUME ["/data"]
COPY --from=build /opt/c360 /opt/c360
# What is run names the service that the image holds: `docker run … c360-identity:local identity`.
ENTRYPOINT ["c360", "serve"]
