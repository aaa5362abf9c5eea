# PostgreSQL with relmap: docker build --build-arg PG_MAJOR=17 -t relmap .
ARG PG_MAJOR=18
ARG DEBIAN_CODENAME=trixie
FROM postgres:$PG_MAJOR-$DEBIAN_CODENAME
LABEL org.opencontainers.image.title=relmap org.opencontainers.image.version=1.0.0

# script/package runs the last line as it is here, in a Debian folder.
COPY . /tmp/relmap
RUN /tmp/relmap/script/docker-install && rm -r /tmp/relmap
