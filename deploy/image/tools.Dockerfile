# What stands beside Doorbell in deploy/compose.yaml, from Debian packages alone: --target prometheus
# and --target load.
ARG RUN_BASE=docker.io/library/debian:12-slim

FROM ${RUN_BASE} AS prometheus
RUN apt-get update \
  && apt-get install -y --no-install-recommends curl prometheus \
  && rm -rf /var/lib/apt/lists/* \
  && install -d -o prometheus -g prometheus /prometheus
USER prometheus
VOLUME /prometheus
EXPOSE 9090
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:9090/-/healthy"]
ENTRYPOINT ["/usr/bin/prometheus"]
CMD ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]

FROM ${RUN_BASE} AS load
RUN apt-get update \
  && apt-get install -y --no-install-recommends curl fio nbdkit \
  && rm -rf /var/lib/apt/lists/*
COPY deploy/load/run /usr/local/bin/doorbell-load
USER nobody
ENTRYPOINT ["/usr/local/bin/doorbell-load"]
