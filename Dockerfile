# syntax=docker/dockerfile:1

FROM node:22-bookworm-slim AS node

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
# The browser's scripts are bundled while the application is published.
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules/npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
ENV DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
WORKDIR /source

# What changes rarely comes first, so that its layers are reused.
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig ./
COPY GavatDashboard/GavatDashboard.csproj GavatDashboard/
COPY GavatDashboard.Domain/GavatDashboard.Domain.csproj GavatDashboard.Domain/
RUN dotnet restore GavatDashboard/GavatDashboard.csproj
COPY wwwroot-assets/package.json wwwroot-assets/package-lock.json wwwroot-assets/
RUN cd wwwroot-assets && npm ci --ignore-scripts --no-audit --no-fund

COPY wwwroot-assets wwwroot-assets
COPY GavatDashboard.Domain GavatDashboard.Domain
COPY GavatDashboard GavatDashboard
RUN dotnet publish GavatDashboard/GavatDashboard.csproj --configuration Release --no-restore --output /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0 AS run
# The image's own account; it owns the one folder that is written to.
RUN install -d -m 700 -o "$APP_UID" -g "$APP_UID" /data
WORKDIR /app
COPY --from=build /app .
USER $APP_UID
ENV ASPNETCORE_URLS=http://+:8080 Data__Directory=/data DOTNET_gcServer=0
VOLUME /data
EXPOSE 8080
# The image has no curl; bash speaks enough HTTP to ask whether the process lives.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /health/live HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r line <&3 && [[ $line == *' 200 '* ]]"]
ENTRYPOINT ["dotnet", "GavatDashboard.dll"]
