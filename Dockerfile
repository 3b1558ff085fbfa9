# Lienzo in a container. compose.yaml starts it; settings come as LIENZO_... lines in .env, or as /data/lienzo.toml.

FROM python:3.11-slim AS build
# A further package index to find torch in, for its CPU build; what is usual on Linux is the larger one for CUDA.
ARG TORCH_INDEX=""
# Optional extras of pyproject.toml, in brackets: [gpu]
ARG EXTRAS=""
ENV PATH=/opt/lienzo/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/lienzo
WORKDIR /source
# torch alone and first: it is by far the largest layer, and changes least.
COPY constraints.txt ./
RUN pip install -c constraints.txt ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} torch
COPY pyproject.toml README.md LICENSE ./
COPY config config
COPY db db
COPY inference inference
COPY bot bot
RUN pip install -c constraints.txt ".$EXTRAS"

FROM python:3.11-slim
RUN useradd --uid 1000 --create-home lienzo && install -d -o lienzo -g lienzo /data /models
COPY --from=build /opt/lienzo /opt/lienzo
ENV PATH=/opt/lienzo/bin:$PATH PYTHONUNBUFFERED=1 LIENZO_STORAGE__FOLDER=/data HF_HOME=/data/huggingface
# /data is what to back up. /models is for weights of your own and may be mounted read-only.
VOLUME ["/data", "/models"]
WORKDIR /data
USER lienzo
# Fails when the event loop hangs or the process is gone. Docker shows it, and restarts only what has ended by itself.
HEALTHCHECK --interval=30s --timeout=15s --start-period=60s --retries=2 CMD ["lienzo", "health"]
CMD ["lienzo", "run"]
