# The build, with everything it takes.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY . .
# `npm ci` compiles the service and builds the account page: `prepare` is `npm run build`.
RUN npm ci --no-audit --no-fund

# What runs: production dependencies alone. No script may run here: `prepare` has no compiler.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
WORKDIR /app
RUN install --directory --owner=node --group=node --mode=0700 /data
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
USER node
# Where DATABASE_URL is not set, the embedded database lies here. Its lock does not see into other containers: never give one
# volume to two of them.
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/live`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/main.js"]
