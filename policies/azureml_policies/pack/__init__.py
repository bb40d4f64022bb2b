"""The rules as a CrossGuard pack: Pulumi's analyzer protocol, one service for all rules."""
