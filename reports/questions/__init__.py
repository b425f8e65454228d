"""The standard reports, in the order in which a manager looks for them."""

from reports.questions import activity, contact, exercises, missions, partners, quality, results, training, upkeep
from reports.report import Report

TOPICS = [activity, contact, partners, exercises, missions, training, results, upkeep, quality]
REPORTS: list[Report] = [report for topic in TOPICS for report in topic.REPORTS]
BY_NAME = {report.name: report for report in REPORTS}
