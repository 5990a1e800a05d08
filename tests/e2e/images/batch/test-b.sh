#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Other use of what test.sh covers, never recorded: other days' inputs, plug-ins, locales, zones. Image: $WINNOW_IMAGE.
set -euo pipefail
# shellcheck source=../workload.sh
. "$(dirname "$0")/../workload.sh"

chmod 0755 "$scratch"
printf 'sales,bread,9\nstock,bread,25\n' >"$scratch/2024-12-24.csv"
printf 'visits,noon,10\nvisits,evening,20\n' >"$scratch/2024-12-25.csv"
printf 'sales,milk,2\n' | xz >"$scratch/2024-12-26.xz"
printf 'sales,K\204se,6\n' >"$scratch/2024-12-27.cp850"
printf 'sales,bread\n' >"$scratch/2024-12-28.csv"
job() { ends "$1" "$2" --network=none -v "$scratch:/in:ro" -- "${@:3}"; }
job_with() { ends 0 "$2" --network=none -v "$scratch:/in:ro" -e "$1" -- "${@:3}"; }

check day job 0 $'sold: bread 9\nleft: bread for 2 days' daily 2024-12-24
check archive job 0 'archived: 2024-12-24.stock' daily 2024-12-24
check plug-in job 0 'visits: 15.0 +- 5.0' daily 2024-12-25
check compression job 0 'sold: milk 2' daily 2024-12-26
check charset job 0 'sold: Käse 6' daily 2024-12-27
check wrong-input job 5 '2024-12-28.csv:1:sales,bread' check 2024-12-28
check locale job_with LC_ALL=de_DE.UTF-8 'closed Dienstag 24 Dezember' daily 2024-12-24
check time-zone job_with TZ=America/New_York 'closed Tuesday 24 December 07:00' daily 2024-12-24
finish
