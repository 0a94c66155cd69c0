# One of the tests' own engines as an image that takes what the official one takes. tests/docker/engine-image.sh builds it.
ARG JAVA_IMAGE=searchrerank-test/debian:local
FROM ${JAVA_IMAGE}
ARG ENGINE
ARG DATA
COPY recipes /recipes
COPY cache /cache
# The recipes look for a JDK, though nothing is left to be compiled here.
RUN ln -s /bin/false "$(dirname "$(readlink -f "$(command -v java)")")/javac" \
    && mkdir -p "${DATA}/data" && chown -R 1000:1000 "${DATA}"
ENV ENGINE=${ENGINE} DATA=${DATA}
USER 1000:1000
ENTRYPOINT ["/recipes/entrypoint.sh"]
