# SPDX-License-Identifier: Apache-2.0
# The server's settings: one process, few threads.
threads 1, 2
rackup 'config.ru'
pidfile 'tmp/puma.pid'
