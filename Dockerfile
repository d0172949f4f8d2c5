# A release builds from requirements/base-image.txt, by digest: --build-arg BASE=… (or a mirror's).
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
COPY requirements/runtime.txt /tmp/runtime.txt
RUN python -m venv /opt/cc-lb-selfcheck \
 && /opt/cc-lb-selfcheck/bin/pip install --no-cache-dir --no-compile --no-deps --require-hashes \
      -r /tmp/runtime.txt \
 && /opt/cc-lb-selfcheck/bin/pip uninstall --yes --quiet pip
COPY entrypoint/cc_lb_selfcheck /tmp/cc_lb_selfcheck
# -I: neither the working directory nor PYTHONPATH, a pull request's both, gives any module.
RUN printf '%s\n' '#!/opt/cc-lb-selfcheck/bin/python -IBXutf8' \
      'from cc_lb_selfcheck.__main__ import main' 'main()' > /opt/cc-lb-selfcheck/bin/cc-lb-selfcheck \
 && chmod 755 /opt/cc-lb-selfcheck/bin/cc-lb-selfcheck
# Compiled here once; nothing compiles, or writes, when the image runs.
RUN cp -r /tmp/cc_lb_selfcheck /opt/cc-lb-selfcheck/lib/python3*/site-packages \
 && python -m compileall -q --invalidation-mode unchecked-hash /opt/cc-lb-selfcheck/lib

FROM ${BASE}
ENV PATH=/opt/cc-lb-selfcheck/bin:$PATH
COPY --from=build /opt/cc-lb-selfcheck /opt/cc-lb-selfcheck
# The official base has no compiled standard library: compile what is used, to start twice as fast.
RUN /opt/cc-lb-selfcheck/bin/python -c "from cc_lb_selfcheck.cli import whole_app; whole_app(); \
      import cc_lb_selfcheck.check, cc_lb_selfcheck.output, cc_lb_selfcheck.posting, \
      cc_lb_selfcheck.explained, cc_lb_selfcheck.diagnosis.refusals, \
      cc_lb_selfcheck.diagnosis.trace, cc_lb_selfcheck.diagnosis.fuel, \
      cc_lb_selfcheck.report.text, cc_lb_selfcheck.report.json, rich.console, \
      cc_lb_selfcheck.host.worker, cc_lb_selfcheck.host.reader, cc_lb_selfcheck.wasm.dwarf"
# What a release knows of itself; last, as it is never the same twice.
ARG VERSION="" REVISION="" CREATED="" SOURCE=https://github.com/org/cc-lb-selfcheck
LABEL org.opencontainers.image.title="cc-lb-selfcheck" \
      org.opencontainers.image.description="The cc-lb host's self-check on plugin artifacts" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.url="${SOURCE}" \
      org.opencontainers.image.documentation="${SOURCE}#readme"
# No USER: GitHub runs Docker actions as root. No shell: it would lose INPUT_ names with hyphens.
ENTRYPOINT ["/opt/cc-lb-selfcheck/bin/cc-lb-selfcheck"]
