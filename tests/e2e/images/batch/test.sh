#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the batch image must do: a day's reports by plug-ins, sealed and archived by helpers; a check; its list. Image: $WINNOW_IMAGE.
set -euo pipefail
# shellcheck source=../workload.sh
. "$(dirname "$0")/../workload.sh"

chmod 0755 "$scratch"
printf '# from till 1\nsales,bread,3\r\nsales,milk,5\nstock,milk,42\n' >"$scratch/2024-07-01.csv"
printf 'sales,bread,4\n' | gzip >"$scratch/2024-07-01.gz"
printf 'sales,K\344se,1\n' >"$scratch/2024-07-01.latin1"
job() { ends "$1" "$2" --network=none -v "$scratch:/in:ro" -- "${@:3}"; }

job 0 $'sold: bread 7\nsold: milk 5\nsold: Käse 1\nleft: milk for 4 days' daily 2024-07-01
job 0 'archived: 2024-07-01.stock' daily 2024-07-01
job 0 'closed Monday 01 July 12:00' daily 2024-07-01
job 0 'nothing wrong' check 2024-07-01
job 4 'no input of 2024-06-30' daily 2024-06-30
job 0 'reports: sales stock visits' help
job 2 'daily    daily DAY: reads' weekly
