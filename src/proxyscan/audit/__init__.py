"""Whether the policy is what people think it is: what is half open, what is open by another way, what is not steady."""

from proxyscan.audit.decided import with_rules
from proxyscan.audit.finding import Audit, Finding, Host
from proxyscan.audit.policy import audit

__all__ = ["Audit", "Finding", "Host", "audit", "with_rules"]
