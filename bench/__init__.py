"""The measurements of hedgewire beside its peers: ``make bench``. Nothing here is imported by the product."""
