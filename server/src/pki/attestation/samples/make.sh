#!/bin/sh
# Makes the samples beside it anew, with OpenSSL alone: a maker's root, a card's
# attestation certificate, and statements over keys in 9A and 9E, once with RSA as
# the cards of today have it and once on P-384. Their private keys are thrown away.
set -eu
samples=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat > extensions.cnf <<'END'
[root]
basicConstraints=critical,CA:TRUE,pathlen:1
keyUsage=critical,keyCertSign,cRLSign
[device]
basicConstraints=critical,CA:TRUE,pathlen:0
1.3.6.1.4.1.41482.3.3=DER:050403
[no_ca]
1.3.6.1.4.1.41482.3.3=DER:050403
[login]
1.3.6.1.4.1.41482.3.3=DER:050403
1.3.6.1.4.1.41482.3.7=DER:020400a1b2c3
1.3.6.1.4.1.41482.3.8=DER:0201
[no_pin]
1.3.6.1.4.1.41482.3.8=DER:0101
[card]
1.3.6.1.4.1.41482.3.3=DER:050403
1.3.6.1.4.1.41482.3.7=DER:020400a1b2c3
1.3.6.1.4.1.41482.3.8=DER:0101
END
ec() { openssl genpkey -algorithm EC -pkeyopt "ec_paramgen_curve:$1" -out "$2" 2>&-; }
rsa() { openssl genpkey -algorithm RSA -pkeyopt "rsa_keygen_bits:$1" -out "$2" 2>&-; }
# issue KEY NAME ISSUER'S-KEY ISSUER'S-CERTIFICATE EXTENSIONS FILE
issue() {
    openssl req -new -key "$1" -subj "/CN=$2" -out request.csr
    openssl x509 -req "-$hash" -in request.csr -CAkey "$3" -CA "$4" -days 36500 \
        -set_serial "0x$(openssl rand -hex 8)" -extfile extensions.cnf -extensions "$5" \
        -out "$samples/$6" 2>&-
}
statement="YubiKey PIV Attestation"
for kind in rsa p384; do
    case $kind in
        rsa) hash=sha256; rsa 4096 root.key; rsa 2048 f9.key ;;
        p384) hash=sha384; ec P-384 root.key; ec P-384 f9.key ;;
    esac
    ec P-256 9a.key
    ec P-256 9e.key
    openssl req -new -key root.key -subj "/CN=Sample PIV Root CA" -out request.csr
    openssl x509 -req "-$hash" -in request.csr -signkey root.key -days 36500 \
        -extfile extensions.cnf -extensions root -out "$samples/$kind.root.pem" 2>&-
    root="$samples/$kind.root.pem"
    f9="$samples/$kind.f9.pem"
    issue f9.key "Sample PIV Attestation" root.key "$root" device "$kind.f9.pem"
    issue f9.key "Sample PIV Attestation" root.key "$root" no_ca "$kind.f9-no-ca.pem"
    issue 9a.key "$statement 9a" f9.key "$f9" login "$kind.9a.pem"
    issue 9a.key "$statement 9a" f9.key "$f9" no_pin "$kind.9a-no-pin.pem"
    issue 9a.key "$statement 9c" f9.key "$f9" login "$kind.9c.pem"
    issue 9e.key "$statement 9e" f9.key "$f9" card "$kind.9e.pem"
    openssl verify -CAfile "$root" -untrusted "$f9" "$samples/$kind.9a.pem" "$samples/$kind.9e.pem"
done
