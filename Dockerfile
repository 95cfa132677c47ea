# A static binary on an empty image: no shell, no package manager, nothing to patch but Earmark and Go.
ARG BUILD=golang:1.26-bookworm

FROM ${BUILD} AS build
WORKDIR /src
ENV CGO_ENABLED=0 GOFLAGS=-buildvcs=false
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=unknown
RUN go build -tags nomsgpack -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/earmark ./cmd/earmark
# Empty folders can only be copied, not made, on an empty image.
RUN mkdir -p /out/data /out/tmp

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/earmark /earmark
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build --chown=65532:65532 /out/tmp /tmp
USER 65532:65532
WORKDIR /data
ENV LISTEN=0.0.0.0:8080
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=3s --start-period=10s CMD ["/earmark", "healthcheck"]
ENTRYPOINT ["/earmark"]
CMD ["serve"]
