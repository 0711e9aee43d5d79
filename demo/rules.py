"""The rules by what leaves them open: where a fact is missing, each of them must say so."""

# What the role's own documents decide.
OF_POLICIES = ["NR301", "NR302", "NR303", "NR304", "NR305"]
# What cannot be said of nodes whose role is not known: of self-managed ones ...
OF_NODES = [
    *["NR001", "NR002", "NR003", "NR004", "NR101", "NR102"],
    *["NR201", "NR202", "NR203", "NR204", "NR205", "NR206"],
    *OF_POLICIES,
    *["NR306", "NR308", "NR401", "NR402", "NR404", "NR405", "NR406"],
]
# ... and of managed node groups.
OF_NODE_GROUPS = [*OF_NODES, "NR207", "NR403"]
# What cannot be said of a role of another account, which is not followed.
OF_FOREIGN_ROLES = [
    *["NR002", "NR003", "NR101", "NR102", "NR201", "NR202", "NR204", "NR205"],
    *OF_POLICIES,
    "NR405",
]
