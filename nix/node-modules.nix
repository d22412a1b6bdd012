# The npm packages that the build needs, as one fixed-output derivation: npm finds its registry itself, so no address is written
# down, and the integrity values in package-lock.json and the hash of the whole pin every byte. node-modules.mjs makes the hashes.
{
  lib,
  stdenvNoCC,
  cacert,
  nodejs,
}:

let
  known = builtins.fromJSON (builtins.readFile ./node-modules.json);
  inherit (stdenvNoCC.hostPlatform) system;
in
# Without this, a changed lock file would still give the packages of the old one, which Nix has already
assert lib.assertMsg (
  builtins.hashFile "sha256" ../package-lock.json == known.packageLock
) "package-lock.json has changed since the hashes in nix/node-modules.json were made. Run: node nix/node-modules.mjs";
stdenvNoCC.mkDerivation {
  name = "k3s-vm-node-modules";

  src = builtins.path {
    path = ../.;
    name = "k3s-vm-package-lock";
    filter =
      path: _type:
      builtins.elem (baseNameOf path) [
        "package.json"
        "package-lock.json"
      ];
  };

  nativeBuildInputs = [ nodejs ];
  env.NODE_EXTRA_CA_CERTS = "${cacert}/etc/ssl/certs/ca-bundle.crt";
  # A proxy or a mirror that the Nix daemon was given
  impureEnvVars = lib.fetchers.proxyImpureEnvVars ++ [ "npm_config_registry" ];

  dontConfigure = true;
  # No script of a package runs: esbuild's only spares a start of node
  buildPhase = ''
    runHook preBuild
    export HOME=$TMPDIR
    npm ci --ignore-scripts --workspaces=false --include=dev --no-audit --no-fund --loglevel=error
    rm node_modules/.package-lock.json
    runHook postBuild
  '';
  installPhase = ''
    runHook preInstall
    mkdir $out
    mv node_modules $out/
    runHook postInstall
  '';
  # The output is what npm wrote, byte for byte
  dontFixup = true;

  outputHashMode = "recursive";
  outputHashAlgo = "sha256";
  outputHash = known.${system};
}
