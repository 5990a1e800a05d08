# SPDX-License-Identifier: Apache-2.0
# One recorded use: a container that runs a command and ends.
import dataclasses


@dataclasses.dataclass
class Use:
    name: str
    run: str  # for sh -c
    setup: str = ""  # lines of a Dockerfile
    base: str = "tools"  # below tests/e2e/images
    options: list = dataclasses.field(default_factory=list)  # of docker run
